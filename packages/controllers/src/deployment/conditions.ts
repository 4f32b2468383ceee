import type { DeploymentCondition, DeploymentStatus } from "@bulkhead/api";
import { timestamp } from "../controller.ts";

export type ConditionType = "Available" | "Progressing" | "ReplicaFailure";
export type ConditionStatus = "True" | "False" | "Unknown";

export const condition = (status: DeploymentStatus | undefined, type: ConditionType): DeploymentCondition | undefined =>
  status?.conditions?.find((one) => one.type === type);

export const newCondition = (
  type: ConditionType,
  status: ConditionStatus,
  reason: string,
  message: string,
  now: number,
): DeploymentCondition => ({
  type,
  status,
  lastUpdateTime: timestamp(now),
  lastTransitionTime: timestamp(now),
  reason,
  message,
});

/** Puts a condition at the end; one with the same status and reason stays as it was. Changes the draft. */
export function setCondition(draft: DeploymentStatus, next: DeploymentCondition): void {
  const current = draft.conditions?.find((one) => one.type === next.type);
  if (current?.status === next.status && current.reason === next.reason) return;
  const kept =
    current?.status === next.status && current.lastTransitionTime !== undefined
      ? { ...next, lastTransitionTime: current.lastTransitionTime }
      : next;
  draft.conditions = [...(draft.conditions ?? []).filter((one) => one.type !== next.type), kept];
}

/** Takes a condition away. Changes the draft. */
export function removeCondition(draft: DeploymentStatus, type: ConditionType): void {
  if (draft.conditions !== undefined) draft.conditions = draft.conditions.filter((one) => one.type !== type);
}
