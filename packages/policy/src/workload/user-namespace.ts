import type { PodSpec } from "@bulkhead/api";
import { containersOf } from "../pod-security/finding.ts";

/** Whether a pod asks for something of the host's that a user namespace cannot have. */
export const needsHostUsers = (spec: PodSpec): boolean =>
  spec.hostNetwork === true ||
  spec.hostPID === true ||
  spec.hostIPC === true ||
  [...containersOf(spec)].some(([c]) => c.securityContext?.privileged === true) ||
  (spec.volumes ?? []).some((volume) => volume.hostPath !== undefined && volume.hostPath !== null);

/**
 * The spec as the API server will admit it: a pod that says nothing gets a user namespace of its own where that is the
 * default (`bulkhead`), unless it needs the host's.
 */
export const asAdmitted = (spec: PodSpec, defaults: "bulkhead" | "kubernetes"): PodSpec =>
  defaults === "bulkhead" && spec.hostUsers === undefined && !needsHostUsers(spec)
    ? { ...spec, hostUsers: false }
    : spec;
