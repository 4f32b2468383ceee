import { type Pod, parseQuantity, quantityValue } from "@bulkhead/api";
import type { Ended } from "../plan/steps.ts";

/** Bytes that a pod uses of the node's disk. */
export interface StorageUse {
  /** By volume name: emptyDirs on disk. */
  readonly emptyDirs: ReadonlyMap<string, number>;
  /** By container name: writable layer and logs. */
  readonly containers: ReadonlyMap<string, number>;
}

/** Seconds of grace for a pod that used too much. */
const grace = 1;

const bytes = (quantity: string | number): number => quantityValue(parseQuantity(quantity));

const evicted = (message: string): Ended => ({ phase: "Failed", reason: "Evicted", message, grace });

/** emptyDirs on disk whose size is limited: what must be measured. */
const limitedDirs = (pod: Pod): readonly { readonly name: string; readonly limit: string | number }[] =>
  (pod.spec?.volumes ?? []).flatMap(({ name, emptyDir }) =>
    emptyDir?.sizeLimit === undefined || emptyDir.medium === "Memory" ? [] : [{ name, limit: emptyDir.sizeLimit }],
  );

const limitOf = (pod: Pod, name: string): string | number | undefined =>
  pod.spec?.containers.find((container) => container.name === name)?.resources?.limits?.["ephemeral-storage"];

/** Whether anything of the pod's use of the disk is limited. */
export const limitsStorage = (pod: Pod): boolean =>
  limitedDirs(pod).length > 0 || (pod.spec?.containers ?? []).some(({ name }) => limitOf(pod, name) !== undefined);

/** Why a pod must go because of what it wrote; undefined while it is within its limits. Pure. */
export function overuse(pod: Pod, use: StorageUse): Ended | undefined {
  for (const { name, limit } of limitedDirs(pod)) {
    if ((use.emptyDirs.get(name) ?? 0) > bytes(limit)) {
      return evicted(`Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `);
    }
  }
  let total = 0;
  let allowed = 0;
  let unlimited = false;
  for (const { name } of pod.spec?.containers ?? []) {
    const limit = limitOf(pod, name);
    const used = use.containers.get(name) ?? 0;
    total += used;
    if (limit === undefined) {
      unlimited = true;
      continue;
    }
    allowed += bytes(limit);
    if (used > bytes(limit)) {
      return evicted(`Container ${name} exceeded its local ephemeral storage limit "${limit}". `);
    }
  }
  for (const used of use.emptyDirs.values()) total += used;
  if (!unlimited && allowed > 0 && total > allowed) {
    return evicted(`Pod ephemeral local storage usage exceeds the total limit of containers ${allowed}. `);
  }
  return undefined;
}
