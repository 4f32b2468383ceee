import {
  asAdmitted,
  evaluatePodSecurity,
  type ImageRuleSet,
  normaliseImages,
  normalisePodSecurity,
  type PodSecurityLevel,
  type PodSecurityRuleSet,
} from "@bulkhead/policy";
import { exceptionRules } from "../posture/exceptions.ts";
import type { Workload } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { Derivation } from "../snapshot/view.ts";

/** What each namespace asks of its pods. */
export const podSecurityRules: Derivation<PodSecurityRuleSet> = {
  name: "pod-security-rules",
  compute: (view) =>
    normalisePodSecurity({
      namespaces: view.list(kinds.namespace),
      exceptions: view.derive(exceptionRules),
      defaults: view.settings.podSecurityDefault,
    }),
};

/**
 * What a Pod Security level says of a workload, whatever its namespace asks for: the rules by their identifiers. With
 * `defaults` its pods are judged as they would be admitted, which under `bulkhead` may be in a user namespace.
 */
export const podSecurityBreaches = (
  workload: Workload,
  level: PodSecurityLevel,
  defaults: "bulkhead" | "kubernetes" = "kubernetes",
): ReturnType<typeof evaluatePodSecurity> =>
  evaluatePodSecurity(
    { namespaces: new Map(), exceptions: noExceptions, defaults: level },
    {
      pod: { metadata: workload.template.metadata, spec: asAdmitted(workload.spec, defaults) },
      identity: workload.template.identity,
      mode: "enforce",
    },
  );

const noExceptions = { byDecider: new Map(), problems: [], expired: [], until: undefined };

/** Which images may run where. */
export const imageRules: Derivation<ImageRuleSet> = {
  name: "image-rules",
  compute: (view) =>
    normaliseImages({
      policies: view.list(kinds.imageTrustPolicy),
      namespaces: view.list(kinds.namespace),
      exceptions: view.derive(exceptionRules),
    }),
};
