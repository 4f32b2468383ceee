import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "@bulkhead/api";
import { selectorFromSet } from "@bulkhead/api";
import { canonical } from "../canonical.ts";
import { timestamp } from "../controller.ts";
import { isPodActive, isPodAvailable, isPodReady, isPodTerminating } from "../pod/pod-state.ts";

/** Why pods could not be made or deleted. */
export interface ReplicaFailure {
  readonly reason: "FailedCreate" | "FailedDelete";
  readonly message: string;
}

/** Go leaves zero counts out of the wire; so do we, to compare alike. */
const counted = <K extends string>(name: K, value: number): { [key in K]?: number } =>
  value === 0 ? {} : ({ [name]: value } as { [key in K]: number });

/** The status that these pods amount to. Conditions of others stay. */
export function replicaSetStatus(
  replicaSet: ReplicaSet,
  owned: readonly Pod[],
  failure: ReplicaFailure | undefined,
  now: number,
): ReplicaSetStatus {
  const active = owned.filter(isPodActive);
  const templateLabels = selectorFromSet(replicaSet.spec?.template?.metadata?.labels);
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const old = replicaSet.status?.conditions ?? [];
  const conditions = conditionsWith(old, failure, now);
  return {
    replicas: active.length,
    ...counted("fullyLabeledReplicas", active.filter((pod) => templateLabels.matches(pod.metadata.labels)).length),
    ...counted("readyReplicas", active.filter(isPodReady).length),
    ...counted("availableReplicas", active.filter((pod) => isPodAvailable(pod, minReadySeconds, now)).length),
    terminatingReplicas: owned.filter(isPodTerminating).length,
    ...counted("observedGeneration", replicaSet.metadata.generation ?? 0),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function conditionsWith(
  old: readonly ReplicaSetCondition[],
  failure: ReplicaFailure | undefined,
  now: number,
): ReplicaSetCondition[] {
  const known = old.find((condition) => condition.type === "ReplicaFailure");
  const rest = old.filter((condition) => condition.type !== "ReplicaFailure");
  if (failure === undefined) return rest;
  if (known?.status === "True" && known.reason === failure.reason) return [...old];
  return [
    ...rest,
    {
      type: "ReplicaFailure",
      status: "True",
      lastTransitionTime: timestamp(now),
      reason: failure.reason,
      message: failure.message,
    },
  ];
}

/** Whether two statuses say the same, so that no write is needed. */
export const sameStatus = (a: ReplicaSetStatus | undefined, b: ReplicaSetStatus): boolean =>
  a !== undefined &&
  a.replicas === b.replicas &&
  (a.fullyLabeledReplicas ?? 0) === (b.fullyLabeledReplicas ?? 0) &&
  (a.readyReplicas ?? 0) === (b.readyReplicas ?? 0) &&
  (a.availableReplicas ?? 0) === (b.availableReplicas ?? 0) &&
  a.terminatingReplicas === b.terminatingReplicas &&
  (a.observedGeneration ?? 0) === (b.observedGeneration ?? 0) &&
  canonical(a.conditions ?? []) === canonical(b.conditions ?? []);
