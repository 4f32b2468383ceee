import type { Pod, ReplicaSet } from "@bulkhead/api";
import { controllerOf } from "../owner.ts";

const longest = 60_000;

/** Ended before any container of it ran: the node turned it away, and would turn the next one away as well. */
const wasTurnedAway = (pod: Pod): boolean =>
  pod.status?.phase === "Failed" &&
  [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])].every(
    ({ containerID, state, lastState }) =>
      (containerID ?? "") === "" && state?.terminated === undefined && lastState?.terminated === undefined,
  );

/**
 * Milliseconds to wait before the next pods are made when a node turns them away: twice as long from round to round.
 * Upstream makes the next one at once, thousands of them in a few minutes. The first refusal waits for nothing.
 */
export function refusalPause(replicaSet: ReplicaSet, pods: readonly Pod[], now: number): number {
  const refused = pods.filter((pod) => wasTurnedAway(pod) && controllerOf(pod)?.uid === replicaSet.metadata.uid);
  const rounds = Math.ceil(refused.length / Math.max(1, replicaSet.spec?.replicas ?? 1));
  if (rounds < 2) return 0;
  const newest = Math.max(...refused.map((pod) => Date.parse(pod.metadata.creationTimestamp ?? "") || 0));
  return Math.max(0, newest + Math.min(longest, 1_000 * 2 ** (rounds - 1)) - now);
}
