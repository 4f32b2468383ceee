import type { KubeObject, ObjectRef } from "../object.ts";

export const postureSeverities = ["critical", "high", "medium", "low"] as const;
export type PostureSeverity = (typeof postureSeverities)[number];

/** One of the gravest findings; the rest stand in the Reports of their namespaces. */
export interface SummarisedFinding {
  readonly control: string;
  readonly object: ObjectRef;
  readonly field: string;
  readonly says: string;
  readonly severity: PostureSeverity;
  readonly risk: number;
  /** RFC 3339; since when it is there. */
  readonly since: string;
}

/** A change that would remove much risk, as it was seen to when it was tried on a copy. */
export interface SummarisedChange {
  readonly objects: readonly ObjectRef[];
  /** Findings that would go. */
  readonly findings: number;
  /** The risk of everything before and after it, with the changes before it in place. */
  readonly before: number;
  readonly after: number;
  readonly mind: readonly string[];
}

/** The security posture of a cluster, in short; written by the posture controller alone. */
export interface PostureSummary extends KubeObject {
  posture: {
    /** RFC 3339. */
    readonly lookedAt: string;
    readonly controls: number;
    /** Risk of all that fails, and what would come to it if all that could not be looked at failed. */
    readonly risk: number;
    readonly possible: number;
    readonly failing: Readonly<Record<PostureSeverity, number>>;
    readonly unknown: number;
    readonly errors: number;
    readonly accepted: number;
    /** Why no more can be claimed; empty: everything asked was answered. At most 32. */
    readonly notKnown: readonly string[];
    /** The riskiest first; at most 16. */
    readonly worst: readonly SummarisedFinding[];
    /** At most 5. */
    readonly changes: readonly SummarisedChange[];
  };
}

/** The one PostureSummary of a cluster. */
export const postureSummaryName = "cluster";
