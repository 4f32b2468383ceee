import type { Pod } from "@bulkhead/api";
import { isPlainName } from "./plain-name.ts";

/** A field that asks for something this node cannot do: refused, never ignored in silence. */
export interface UnsupportedField {
  readonly field: string;
  readonly says: string;
}

/** Sysctls of a pod's own namespaces that cannot harm others: upstream's list. */
const safeSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

/** Whether a sysctl would not stay inside the pod, or is not known to be harmless. */
const isForbidden = (pod: Pod, name: string): boolean => {
  const dotted = name.replaceAll("/", ".");
  return (
    !safeSysctls.has(dotted) ||
    (dotted.startsWith("net.") && pod.spec?.hostNetwork === true) ||
    (dotted.startsWith("kernel.") && pod.spec?.hostIPC === true)
  );
};

/** Whether a pod wants ports of the host, which only some network configurations give. */
export const wantsHostPorts = (pod: Pod): boolean =>
  pod.spec?.hostNetwork !== true &&
  containersOf(pod).some(({ ports }) => ports?.some(({ hostPort }) => hostPort !== undefined && hostPort > 0));

type Check = readonly [field: string, asks: (pod: Pod) => boolean, says: string];

const containersOf = (pod: Pod) => [
  ...(pod.spec?.initContainers ?? []),
  ...(pod.spec?.containers ?? []),
  ...(pod.spec?.ephemeralContainers ?? []),
];

const some = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

const checks: readonly Check[] = [
  [
    "spec.containers[*].name",
    (pod) => containersOf(pod).some(({ name }) => !isPlainName(name)),
    "a container's name must be a plain one",
  ],
  [
    "spec.volumes[*].name",
    ({ spec }) => (spec?.volumes ?? []).some(({ name }) => !isPlainName(name)),
    "a volume's name must be a plain one",
  ],
  [
    "spec.runtimeClassName",
    ({ spec }) => spec?.runtimeClassName !== undefined && spec.runtimeClassName !== "",
    "this node has one runtime and no RuntimeClass",
  ],
  ["spec.resourceClaims", ({ spec }) => some(spec?.resourceClaims), "this node allocates no devices by claim"],
  ["spec.overhead", ({ spec }) => some(Object.keys(spec?.overhead ?? {})), "pod overhead belongs to a RuntimeClass"],
  ["spec.os", ({ spec }) => spec?.os?.name === "windows", "this node runs Linux"],
  [
    "spec.containers[*].volumeDevices",
    (pod) => containersOf(pod).some(({ volumeDevices }) => some(volumeDevices)),
    "this node hands out no block devices",
  ],
  [
    "spec.containers[*].securityContext.windowsOptions",
    (pod) =>
      pod.spec?.securityContext?.windowsOptions !== undefined ||
      containersOf(pod).some(({ securityContext }) => securityContext?.windowsOptions !== undefined),
    "this node runs Linux",
  ],
  [
    "spec.containers[*].restartPolicyRules[*].action",
    (pod) => containersOf(pod).some((each) => each.restartPolicyRules?.some(({ action }) => action !== "Restart")),
    "this node knows the action Restart only",
  ],
  [
    "spec.securityContext.sysctls",
    (pod) => (pod.spec?.securityContext?.sysctls ?? []).some(({ name }) => isForbidden(pod, name)),
    "only sysctls that cannot reach beyond the pod are set here",
  ],
  [
    "spec.hostUsers",
    ({ spec }) =>
      spec?.hostUsers === false && (spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true),
    "a user namespace of its own does not go with the host's network, PIDs or IPC",
  ],
];

/** What of a pod this node cannot do. Pure. */
export const unsupportedFields = (pod: Pod): readonly UnsupportedField[] =>
  checks.filter(([, asks]) => asks(pod)).map(([field, , says]) => ({ field, says }));

/** Capabilities that a container adds and this node's runtime does not hold itself: it would start without them. */
export function unsupportedCapabilities(pod: Pod, held: ReadonlySet<string>): readonly UnsupportedField[] {
  const added = containersOf(pod).flatMap(({ securityContext }) => securityContext?.capabilities?.add ?? []);
  const lacking = added.find((name) => name !== "ALL" && !held.has(name.replace(/^CAP_/, "").toLowerCase()));
  if (lacking === undefined) return [];
  const says = `this node gives no container ${lacking}: its runtime does not hold it`;
  return [{ field: "spec.containers[*].securityContext.capabilities.add", says }];
}
