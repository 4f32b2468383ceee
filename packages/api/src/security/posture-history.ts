import type { KubeObject } from "../object.ts";

/** How a control came out on all that it looked at, as it is recorded. `unknown` also: nobody asked it. */
export const recordedStates = ["holds", "fails", "accepted", "unknown", "error", "no-object"] as const;
export type RecordedState = (typeof recordedStates)[number];

/** From when to when somebody looked. RFC 3339. */
export interface ObservedSpan {
  readonly from: string;
  readonly to: string;
}

/** Controls that came to stand so at a time. */
export interface RecordedChange {
  readonly at: string;
  readonly state: RecordedState;
  readonly controls: readonly string[];
}

/** How every control stood over a time: at its beginning, and what changed; written by the posture controller alone. */
export interface PostureHistory extends KubeObject {
  history: {
    /** RFC 3339. */
    readonly from: string;
    /** How each control stood then; one that is in none was not asked. */
    readonly at: Readonly<Partial<Record<RecordedState, readonly string[]>>>;
    /** In order; what lies between them nobody saw. */
    readonly observed: readonly ObservedSpan[];
    /** In order. */
    readonly changes: readonly RecordedChange[];
  };
}
