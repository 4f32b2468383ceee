import { type Deployment, type ReplicaSet, scaledIntOrPercent } from "@bulkhead/api";

export const desiredReplicas = (deployment: Deployment): number => deployment.spec?.replicas ?? 1;

export const isRollingUpdate = (deployment: Deployment): boolean =>
  (deployment.spec?.strategy?.type ?? "RollingUpdate") === "RollingUpdate";

/** Surge rounds up, unavailable down; if both come to nothing, one may be unavailable, or no rollout could ever move. */
function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const replicas = desiredReplicas(deployment);
  const { maxSurge: surge = "25%", maxUnavailable: unavailable = "25%" } =
    deployment.spec?.strategy?.rollingUpdate ?? {};
  const up = scaledIntOrPercent(surge, replicas, true) ?? 0;
  const down = scaledIntOrPercent(unavailable, replicas, false) ?? 0;
  return { surge: up, unavailable: up === 0 && down === 0 ? 1 : down };
}

/** How many pods may be there beyond the wanted count. */
export const maxSurge = (deployment: Deployment): number =>
  isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;

/** How many of the wanted pods may be missing. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas);
}

const sum = (replicaSets: readonly ReplicaSet[], count: (replicaSet: ReplicaSet) => number): number =>
  replicaSets.reduce((total, replicaSet) => total + count(replicaSet), 0);

export const wanted = (replicaSet: ReplicaSet): number => replicaSet.spec?.replicas ?? 1;
export const totalWanted = (replicaSets: readonly ReplicaSet[]): number => sum(replicaSets, wanted);
export const totalActual = (replicaSets: readonly ReplicaSet[]): number =>
  sum(replicaSets, (replicaSet) => replicaSet.status?.replicas ?? 0);
export const totalAvailable = (replicaSets: readonly ReplicaSet[]): number =>
  sum(replicaSets, (replicaSet) => replicaSet.status?.availableReplicas ?? 0);
export const totalReady = (replicaSets: readonly ReplicaSet[]): number =>
  sum(replicaSets, (replicaSet) => replicaSet.status?.readyReplicas ?? 0);

export const active = (replicaSets: readonly ReplicaSet[]): ReplicaSet[] =>
  replicaSets.filter((replicaSet) => wanted(replicaSet) > 0);

const created = (replicaSet: ReplicaSet): string => replicaSet.metadata.creationTimestamp ?? "";
const name = (replicaSet: ReplicaSet): string => replicaSet.metadata.name ?? "";
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const byAge = (a: ReplicaSet, b: ReplicaSet): number => text(created(a), created(b)) || text(name(a), name(b));

/** Larger first; of one size the newer first when growing, the older first when shrinking. */
export const bySize =
  (newerFirst: boolean) =>
  (a: ReplicaSet, b: ReplicaSet): number =>
    wanted(b) - wanted(a) || (newerFirst ? byAge(b, a) : byAge(a, b));

/** How many the new ReplicaSet should have now, given all that is there. */
export function newReplicaSetSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const replicas = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return replicas;
  const room = replicas + maxSurge(deployment) - totalWanted(all);
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}
