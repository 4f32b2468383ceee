import type { Deployment, ReplicaSet } from "@bulkhead/api";
import { countAnnotation, maxReplicasAnnotation } from "./annotations.ts";
import { active, bySize, desiredReplicas, maxSurge, totalWanted, wanted } from "./bounds.ts";

/** Go's rounding: half away from zero. */
const round = (value: number): number => (value < 0 ? -Math.round(-value) : Math.round(value));

function fraction(replicaSet: ReplicaSet, deployment: Deployment): number {
  const replicas = desiredReplicas(deployment);
  if (replicas === 0) return -wanted(replicaSet);
  const most = replicas + maxSurge(deployment);
  const before = countAnnotation(replicaSet, maxReplicasAnnotation) || (deployment.status?.replicas ?? 0);
  return before === 0 ? 0 : round((wanted(replicaSet) * most) / before) - wanted(replicaSet);
}

/**
 * A Deployment that is scaled in the middle of a rollout: every active ReplicaSet grows or shrinks by its share, what
 * rounding leaves goes to the largest. Answers the sizes in that order.
 */
export function proportionalSizes(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): ReadonlyArray<{ readonly replicaSet: ReplicaSet; readonly size: number }> {
  const running = active(replicaSets);
  const replicas = desiredReplicas(deployment);
  const toAdd = (replicas > 0 ? replicas + maxSurge(deployment) : 0) - totalWanted(running);
  if (toAdd !== 0) running.sort(bySize(toAdd > 0));
  let added = 0;
  const sizes = running.map((replicaSet) => {
    const left = toAdd - added;
    const share =
      left === 0
        ? 0
        : toAdd > 0
          ? Math.min(fraction(replicaSet, deployment), left)
          : Math.max(fraction(replicaSet, deployment), left);
    added += share;
    return { replicaSet, size: wanted(replicaSet) + share };
  });
  const [largest] = sizes;
  if (largest !== undefined) largest.size = Math.max(0, largest.size + toAdd - added);
  return sizes;
}
