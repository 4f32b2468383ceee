import type { Deployment, DeploymentStatus, ReplicaSet } from "@bulkhead/api";
import { desiredReplicas, maxUnavailable, totalActual, totalAvailable, totalReady, totalWanted } from "./bounds.ts";
import { condition, newCondition, removeCondition, setCondition } from "./conditions.ts";

/** The largest int32: no deadline, no limit. */
export const unlimited = 2147483647;

export const hasProgressDeadline = (deployment: Deployment): boolean =>
  (deployment.spec?.progressDeadlineSeconds ?? unlimited) !== unlimited;

/** Go leaves zero counts out of the wire; so do we, to compare alike. */
const counted = <K extends keyof DeploymentStatus>(name: K, value: number): Partial<DeploymentStatus> =>
  value === 0 ? {} : { [name]: value };

/** Counts and the Available condition, from all ReplicaSets and the new one. */
export function countStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newReplicaSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const available = totalAvailable(all);
  const collisions = deployment.status?.collisionCount;
  const status: DeploymentStatus = {
    ...counted("observedGeneration", deployment.metadata.generation ?? 0),
    ...counted("replicas", totalActual(all)),
    ...counted("updatedReplicas", newReplicaSet === undefined ? 0 : totalActual([newReplicaSet])),
    ...counted("readyReplicas", totalReady(all)),
    ...counted("availableReplicas", available),
    ...counted("unavailableReplicas", Math.max(0, totalWanted(all) - available)),
    terminatingReplicas: all.reduce((total, one) => total + (one.status?.terminatingReplicas ?? 0), 0),
    ...(collisions === undefined ? {} : { collisionCount: collisions }),
    conditions: [...(deployment.status?.conditions ?? [])],
  };
  setCondition(
    status,
    available >= desiredReplicas(deployment) - maxUnavailable(deployment)
      ? newCondition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
      : newCondition(
          "Available",
          "False",
          "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability.",
          now,
        ),
  );
  return status;
}

/** All wanted pods are of the new template, available, and no old one is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const replicas = desiredReplicas(deployment);
  return (
    (status?.updatedReplicas ?? 0) === replicas &&
    (status?.replicas ?? 0) === replicas &&
    (status?.availableReplicas ?? 0) === replicas &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus | undefined): number =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const current = condition(status, "Progressing");
  if (current === undefined || current.reason === "NewReplicaSetAvailable") return false;
  if (current.reason === "ProgressDeadlineExceeded") return true;
  const deadline = (deployment.spec?.progressDeadlineSeconds ?? unlimited) * 1000;
  return Date.parse(current.lastUpdateTime ?? "") + deadline < now;
}

/** The status of a rollout: counts, Progressing by what changed since the last status, and failures of ReplicaSets. */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newReplicaSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const status = countStatus(deployment, all, newReplicaSet, now);
  const current = condition(deployment.status, "Progressing");
  const subject =
    newReplicaSet === undefined
      ? `Deployment ${JSON.stringify(deployment.metadata.name)}`
      : `ReplicaSet ${JSON.stringify(newReplicaSet.metadata.name)}`;
  if (!hasProgressDeadline(deployment)) removeCondition(status, "Progressing");
  const wasComplete =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === "NewReplicaSetAvailable";
  if (hasProgressDeadline(deployment) && !wasComplete) {
    if (isComplete(deployment, status)) {
      const message = `${subject} has successfully progressed.`;
      setCondition(status, newCondition("Progressing", "True", "NewReplicaSetAvailable", message, now));
    } else if (isProgressing(deployment.status, status)) {
      const next = newCondition("Progressing", "True", "ReplicaSetUpdated", `${subject} is progressing.`, now);
      // Even with the same reason the update time must move: the deadline counts from it.
      removeCondition(status, "Progressing");
      setCondition(
        status,
        current?.status === "True" && current.lastTransitionTime !== undefined
          ? { ...next, lastTransitionTime: current.lastTransitionTime }
          : next,
      );
    } else if (hasTimedOut(deployment, status, now)) {
      const message = `${subject} has timed out progressing.`;
      setCondition(status, newCondition("Progressing", "False", "ProgressDeadlineExceeded", message, now));
    }
  }
  const failure = replicaFailure(all, newReplicaSet);
  if (failure === undefined) removeCondition(status, "ReplicaFailure");
  else setCondition(status, newCondition("ReplicaFailure", "True", failure.reason ?? "", failure.message ?? "", now));
  return status;
}

/** The new ReplicaSet's failure counts first; else any. */
function replicaFailure(all: readonly ReplicaSet[], newReplicaSet: ReplicaSet | undefined) {
  const failureOf = (replicaSet: ReplicaSet) =>
    replicaSet.status?.conditions?.find((one) => one.type === "ReplicaFailure" && one.status === "True");
  const own = newReplicaSet === undefined ? undefined : failureOf(newReplicaSet);
  return own ?? all.map(failureOf).find((one) => one !== undefined);
}

/** Milliseconds until a rollout that stands still must be looked at again; undefined: no need. */
export function deadlineCheck(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const current = condition(status, "Progressing");
  if (!hasProgressDeadline(deployment) || current === undefined) return undefined;
  if (isComplete(deployment, status) || current.reason === "ProgressDeadlineExceeded") return undefined;
  if (current.reason === "NewReplicaSetAvailable") return undefined;
  const deadline = (deployment.spec?.progressDeadlineSeconds ?? unlimited) * 1000;
  return Math.max(1000, Date.parse(current.lastUpdateTime ?? "") + deadline - now + 1000);
}
