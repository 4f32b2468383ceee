import type { RunningPodAction } from "@bulkhead/api";
import type { Because, Verdict } from "../verdict.ts";

/**
 * `warn`: it may run, and someone should know why that is not as it should be. `hold`: it may be, and does not start before
 * it is scanned. The first reason is the deciding one.
 */
export interface ImageVerdict extends Verdict<"allow" | "warn" | "hold" | "deny"> {
  /** Exceptions without which it would be held or refused. */
  readonly lifted: readonly Because[];
  /** What policies in Audit mode would have said, and every use of a broken glass: for the audit log. */
  readonly audited: readonly Because[];
  /** What becomes of the pods that run this digest already and could not start any more. */
  readonly action?: RunningPodAction;
  /** Why, where there is an action: what of enforcing policies it does not meet any more, the first few. */
  readonly fallen?: readonly Because[];
}
