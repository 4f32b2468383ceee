import type { Exception } from "@bulkhead/api";
import { parseTime } from "@bulkhead/policy";

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
