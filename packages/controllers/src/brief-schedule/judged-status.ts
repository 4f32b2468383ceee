import type { BriefSchedule, BriefScheduleStatus, Condition, KubeObject } from "@bulkhead/api";
import { timestamp } from "../controller.ts";

export const isAccepted = ({ type }: Condition): boolean => type === "Accepted";

function conditionOf(
  { status, metadata }: BriefSchedule,
  given: Pick<Condition, "type" | "status" | "reason" | "message">,
  now: number,
): Condition {
  const before = status?.conditions?.find(({ type }) => type === given.type);
  const { generation } = metadata as KubeObject["metadata"];
  return {
    ...given,
    lastTransitionTime: before?.status === given.status ? before.lastTransitionTime : timestamp(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

type Judged = Pick<BriefScheduleStatus, "observedGeneration" | "conditions">;

function judged(object: BriefSchedule, conditions: readonly Condition[]): Judged {
  const { generation } = object.metadata;
  const rest = (object.status?.conditions ?? []).filter(({ type }) => !conditions.some((each) => each.type === type));
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: [...conditions, ...rest],
  };
}

/** It is not understood, and why. */
export const refused = (object: BriefSchedule, says: string, now: number): Judged =>
  judged(object, [
    conditionOf(object, { type: "Accepted", status: "False", reason: "NotUnderstood", message: says }, now),
  ]);

/** `reason` of the last period: Sent, or why not; undefined: nothing new of that. */
export function accepted(object: BriefSchedule, reason: string | undefined, message: string, now: number): Judged {
  const understood = conditionOf(object, { type: "Accepted", status: "True", reason: "Understood", message: "" }, now);
  if (reason === undefined) return judged(object, [understood]);
  const status = reason === "Sent" ? "True" : reason === "Sending" || reason === "NotKnown" ? "Unknown" : "False";
  return judged(object, [understood, conditionOf(object, { type: "Sent", status, reason, message }, now)]);
}
