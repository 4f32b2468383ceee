import { isDeepStrictEqual } from "node:util";
import type { Condition, Exception } from "@bulkhead/api";
import { normaliseExceptions, parseTime } from "@bulkhead/policy";
import { timestamp } from "../controller.ts";

/** How an Exception stands. */
export type ExceptionState =
  | { readonly kind: "in-force"; readonly expires: number }
  | { readonly kind: "expiring"; readonly expires: number }
  | { readonly kind: "expired"; readonly expires: number };

/** Told so long before the end, in milliseconds. */
export const noticePeriod = 24 * 3_600_000;

/** Pure. An expiry that cannot be read counts as passed, as the deciders count it. */
export function exceptionState(exception: Exception, now: number): ExceptionState {
  const parsed = parseTime(exception.spec.expires);
  const expires = Number.isNaN(parsed) ? 0 : parsed;
  if (expires <= now) return { kind: "expired", expires };
  return expires - now <= noticePeriod ? { kind: "expiring", expires } : { kind: "in-force", expires };
}

/** `pod-security rule privileged for Deployment web` */
export const describeException = ({ spec }: Exception): string =>
  `${spec.decider} rule ${spec.rule} for ${spec.subject.kind} ${spec.subject.name}`;

type Told = Pick<Condition, "status" | "reason" | "message">;

/** What the deciders make of it at this moment, for each condition. */
function told(exception: Exception, now: number): Readonly<Record<"Active" | "Expired", Told>> {
  const { expires } = exception.spec;
  const [problem] = normaliseExceptions([exception], now).problems;
  const state = exceptionState(exception, now);
  const ended = state.kind === "expired";
  const end = ended ? `it ended at ${expires}` : `it ends at ${expires}`;
  const active: Told =
    problem === undefined
      ? { status: "True", reason: state.kind === "expiring" ? "EndsSoon" : "InForce", message: end }
      : { status: "False", reason: ended ? "Expired" : "LiftsNothing", message: problem.says };
  return {
    Active: active,
    Expired: { status: ended ? "True" : "False", reason: ended ? "Expired" : "NotYet", message: end },
  };
}

/** Pure. The conditions that it is to have; undefined where it has them already. */
export function exceptionConditions(exception: Exception, now: number): readonly Condition[] | undefined {
  const before = exception.status?.conditions ?? [];
  const { generation } = exception.metadata;
  const wanted = Object.entries(told(exception, now)).map(([type, next]): Condition => {
    const was = before.find((c) => c.type === type);
    return {
      type,
      ...next,
      lastTransitionTime: was?.status === next.status ? was.lastTransitionTime : timestamp(now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
  const same = wanted.every((next) => before.some((was) => isDeepStrictEqual(next, was)));
  return same ? undefined : [...before.filter((c) => !wanted.some((w) => w.type === c.type)), ...wanted];
}
