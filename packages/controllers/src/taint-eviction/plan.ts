import type { Pod, Taint } from "@bulkhead/api";
import { tolerates } from "../scheduler/taints.ts";

/**
 * Pure: milliseconds since the epoch at which a pod must leave a node with these NoExecute taints; undefined: it may stay.
 * The shortest tolerationSeconds of all that are used counts, from when the pod's node was tainted.
 */
export function evictionTime(pod: Pod, taints: readonly Taint[], now: number): number | undefined {
  const driving = taints.filter((taint) => taint.effect === "NoExecute");
  if (driving.length === 0) return undefined;
  let earliest: number | undefined;
  for (const taint of driving) {
    const used = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (used.length === 0) return now;
    const since = Date.parse(taint.timeAdded ?? "");
    for (const { tolerationSeconds } of used) {
      if (tolerationSeconds === undefined) continue;
      const at = (Number.isNaN(since) ? now : since) + Math.max(0, tolerationSeconds) * 1000;
      if (earliest === undefined || at < earliest) earliest = at;
    }
  }
  return earliest;
}
