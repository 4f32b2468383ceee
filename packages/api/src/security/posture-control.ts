import type { Condition } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";
import type { PostureSeverity } from "./posture-summary.ts";

/** One edit of a fix, on the object that the control looked at; `{field}` stands for the breach's field. */
export interface PostureControlEdit {
  readonly op: "set" | "remove";
  readonly field: string;
  readonly value?: unknown;
}

/** An organisation's own control in CEL; its name is the control's. `bulkhead posture test` tries one on fixtures. */
export interface PostureControlSpec {
  readonly title: string;
  readonly attack: string;
  readonly area?: string | undefined;
  readonly severity: PostureSeverity;
  readonly severityBecause: string;
  /** Requirements that it answers, by framework. */
  readonly frameworks?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly match: { readonly kinds: readonly string[] };
  readonly each?: "object" | "containers" | undefined;
  readonly expression: string;
  readonly field: string;
  readonly message?: string | undefined;
  readonly messageExpression?: string | undefined;
  readonly passing?: string | undefined;
  readonly fix?:
    | { readonly edits: readonly PostureControlEdit[]; readonly mind?: string | undefined }
    | { readonly why: string; readonly how: string }
    | undefined;
}

/** Why a control counts, or does not. */
export const postureControlReasons = ["Compiled", "NotUnderstood", "TooExpensive", "TooMany"] as const;
export type PostureControlReason = (typeof postureControlReasons)[number];

/** How a control came out on all that it looked at. */
export interface PostureControlFindings {
  readonly passed: number;
  readonly failing: number;
  readonly accepted: number;
  readonly unknown: number;
  readonly errors: number;
}

export interface PostureControlStatus {
  /** The generation that was judged. */
  readonly observedGeneration?: number;
  /** `Accepted`: it is held against every object; else the reason why not. */
  readonly conditions?: readonly Condition[];
  readonly findings?: PostureControlFindings;
}

/** An organisation's own control, held against every object beside ours; the posture controller writes its status. */
export interface PostureControl extends KubeObject {
  spec: PostureControlSpec;
  status?: PostureControlStatus;
}
