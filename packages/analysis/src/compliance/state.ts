import type { AnsweredBy } from "../posture/catalogues/requirement.ts";

/** How a control came out on all that it looked at. `no-object`: there was nothing for it to look at. */
export type ControlState = "holds" | "fails" | "accepted" | "unknown" | "error" | "no-object";

/**
 * How a requirement stands. `met`: every control that cites it holds, on everything it looks at, and all of that was read;
 * `partly`: some hold and some do not; `accepted`: it is broken in places that an Exception accepts; `no-object`: nothing is
 * there that its controls look at; `gap`: no control cites it; `person`: only people can say that it is met.
 */
export const requirementStates = [
  "not-met",
  "partly",
  "unknown",
  "accepted",
  "met",
  "no-object",
  "gap",
  "person",
] as const;
export type RequirementState = (typeof requirementStates)[number];

/** Outcomes of one control, counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly accepted: number;
  readonly unknown: number;
  readonly errors: number;
}

/** `whole`: everything that it looks at could be read. */
export function controlState({ passed, failed, accepted, unknown, errors }: Counts, whole: boolean): ControlState {
  if (failed > 0) return "fails";
  if (errors > 0) return "error";
  if (unknown > 0 || !whole) return "unknown";
  if (accepted > 0) return "accepted";
  return passed > 0 ? "holds" : "no-object";
}

/** Never `met` where anything failed, is unknown, went wrong, is only accepted, or where nothing was looked at. */
export function requirementState(controls: readonly ControlState[], answeredBy: AnsweredBy): RequirementState {
  const some = (state: ControlState): boolean => controls.includes(state);
  if (some("fails")) return some("holds") || some("accepted") ? "partly" : "not-met";
  if (answeredBy === "person") return "person";
  if (controls.length === 0) return "gap";
  if (some("error") || some("unknown")) return "unknown";
  if (some("accepted")) return "accepted";
  return some("holds") ? "met" : "no-object";
}
