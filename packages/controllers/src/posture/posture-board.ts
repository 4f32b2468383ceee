import type { Evaluation } from "@bulkhead/analysis";
import type { FirstSeen } from "./report-rows.ts";

/** What the posture controller knows now. */
export interface PostureLook {
  readonly evaluation: Evaluation;
  readonly seen: FirstSeen;
  /** Asks the evaluation while it is whole: in between it may be in the middle of a change, or of a trial of one. */
  readonly alone: <T>(work: () => T) => Promise<T>;
}

/** Where the posture controller puts what it knows, for controllers beside it; undefined until it has looked. */
export class PostureBoard {
  current: PostureLook | undefined;
}
