import type { Pod } from "@bulkhead/api";

/** A field that asks for something this node cannot do: refused, never ignored in silence. */
export interface UnsupportedField {
  readonly field: string;
  readonly says: string;
}

type Check = readonly [field: string, asks: (pod: Pod) => boolean, says: string];

const containersOf = (pod: Pod) => [
  ...(pod.spec?.initContainers ?? []),
  ...(pod.spec?.containers ?? []),
  ...(pod.spec?.ephemeralContainers ?? []),
];

const some = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

const checks: readonly Check[] = [
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
    "spec.hostUsers",
    ({ spec }) =>
      spec?.hostUsers === false && (spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true),
    "a user namespace of its own does not go with the host's network, PIDs or IPC",
  ],
];

/** What of a pod this node cannot do. Pure. */
export const unsupportedFields = (pod: Pod): readonly UnsupportedField[] =>
  checks.filter(([, asks]) => asks(pod)).map(([field, , says]) => ({ field, says }));
