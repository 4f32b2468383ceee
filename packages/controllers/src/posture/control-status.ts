import { isDeepStrictEqual } from "node:util";
import type { ControlTally, OwnControl } from "@bulkhead/analysis";
import type { Condition, PostureControlStatus } from "@bulkhead/api";
import { timestamp } from "../controller.ts";

const acceptedType = "Accepted";

/** What is said on a PostureControl: whether it counts, and what it found. Undefined where `known` says so already. */
export function controlStatus(
  known: PostureControlStatus | undefined,
  { object, reason, says }: OwnControl,
  tally: ControlTally | undefined,
  now: number,
): PostureControlStatus | undefined {
  const { generation } = object.metadata;
  const accepted = reason === "Compiled";
  const before = known?.conditions?.find(({ type }) => type === acceptedType);
  const status = accepted ? "True" : "False";
  const condition: Condition = {
    type: acceptedType,
    status,
    reason,
    message: accepted ? "It is held against every object." : (says ?? ""),
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestamp(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  const { passed = 0, failed = 0, accepted: excepted = 0, unknown = 0, errors = 0 } = tally ?? {};
  const next: PostureControlStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: [...(known?.conditions ?? []).filter(({ type }) => type !== acceptedType), condition],
    findings: { passed, failing: failed, accepted: excepted, unknown, errors },
  };
  return isDeepStrictEqual(plain(next), plain(known)) ? undefined : next;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
