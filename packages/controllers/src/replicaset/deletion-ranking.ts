import type { Pod } from "@bulkhead/api";
import { isPodReady, podCondition } from "../pod/pod-state.ts";

const phases: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

const deletionCost = (pod: Pod): number => {
  const cost = Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? "0");
  return Number.isInteger(cost) ? cost : 0;
};

const restarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map((container) => container.restartCount ?? 0));

/** Ages compare by powers of two, so that among pods of about one age any may go (LogarithmicScaleDown). */
const ageClass = (since: string | undefined, now: number): number => {
  const at = Date.parse(since ?? "");
  if (Number.isNaN(at)) return 0;
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  return seconds === 0 ? 0 : Math.floor(Math.log2(seconds)) + 1;
};

/**
 * The order in which pods are given up: not assigned, pending, not ready, cheap to delete, crowded on their node, ready
 * for a shorter time, more restarts, younger. `crowd` says how many related pods are on a pod's node.
 */
export function rankForDeletion(pods: readonly Pod[], crowd: (pod: Pod) => number, now: number): Pod[] {
  const readySince = (pod: Pod): number => ageClass(podCondition(pod, "Ready")?.lastTransitionTime, now);
  const rules: ReadonlyArray<(pod: Pod) => number> = [
    (pod) => ((pod.spec?.nodeName ?? "") === "" ? 0 : 1),
    (pod) => phases[pod.status?.phase ?? "Pending"] ?? 0,
    (pod) => (isPodReady(pod) ? 1 : 0),
    deletionCost,
    (pod) => -crowd(pod),
    (pod) => (isPodReady(pod) ? readySince(pod) : 0),
    (pod) => -restarts(pod),
    (pod) => ageClass(pod.metadata.creationTimestamp, now),
  ];
  return pods
    .map((pod) => ({ pod, ranks: rules.map((rule) => rule(pod)) }))
    .sort((a, b) => {
      for (let i = 0; i < rules.length; i++) {
        const difference = (a.ranks[i] ?? 0) - (b.ranks[i] ?? 0);
        if (difference !== 0) return difference;
      }
      return (a.pod.metadata.uid ?? "") < (b.pod.metadata.uid ?? "") ? -1 : 1;
    })
    .map(({ pod }) => pod);
}
