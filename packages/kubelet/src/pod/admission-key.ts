import { createHash } from "node:crypto";
import type { Pod } from "@bulkhead/api";

/**
 * Changes when the deciders must be asked again: with anything of the spec but what an update may change without giving
 * the pod more. What was allowed once must not become another pod under the same name (volumes, host namespaces).
 */
export function admissionKey(pod: Pod | undefined): string {
  if (pod?.spec === undefined) return "";
  const {
    tolerations: _t,
    activeDeadlineSeconds: _a,
    schedulingGates: _g,
    terminationGracePeriodSeconds: _s,
    ...spec
  } = pod.spec;
  const withoutResources = <C extends object>(list: readonly C[] | undefined) =>
    list?.map((container) => ({ ...container, resources: undefined }));
  const judged = {
    ...spec,
    resources: undefined,
    containers: withoutResources(spec.containers),
    initContainers: withoutResources(spec.initContainers),
    ephemeralContainers: withoutResources(spec.ephemeralContainers),
  };
  return createHash("sha256").update(JSON.stringify(judged)).digest("base64url").slice(0, 22);
}
