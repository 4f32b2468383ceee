import { createHash } from "node:crypto";
import type { Pod } from "@bulkhead/api";
import type { PodMemory } from "../plan/steps.ts";
import { wantedContainers } from "./model.ts";

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

/**
 * Whether probes and hooks of the pod may be run as it stands: those that name a host of their own are sent from the
 * node's network, and wait until the deciders have allowed this very spec.
 */
export function mayCall(pod: Pod, admission: PodMemory["admission"]): boolean {
  if (admission?.state === "allowed" && admission.key === admissionKey(pod)) return true;
  return wantedContainers(pod).every(({ spec }) =>
    [
      spec.startupProbe,
      spec.livenessProbe,
      spec.readinessProbe,
      spec.lifecycle?.postStart,
      spec.lifecycle?.preStop,
    ].every((handler) =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].every((host) => host === undefined || host === ""),
    ),
  );
}
