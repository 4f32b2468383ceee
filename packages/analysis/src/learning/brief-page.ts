import type { Severity } from "../posture/control.ts";

export const briefRoles = ["developer", "operator", "auditor"] as const;
export type BriefRole = (typeof briefRoles)[number];

/** Facts of a span of time, gathered by whoever asks. What is absent could not be looked at, and `notLooked` says why. */
export interface BriefFacts {
  /** The cluster's address, or the instance's folder. */
  readonly of: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly now: number;
  readonly posture?: {
    readonly failing: Readonly<Record<Severity, number>>;
    readonly unknown: number;
    /** Controls that fail anywhere now, and those that were looked at and hold everywhere. */
    readonly controls: readonly string[];
    readonly holding: readonly string[];
    /** What failed for the first time within the span; undefined: nobody wrote down since when. */
    readonly appeared?: readonly { readonly severity: Severity; readonly object: string; readonly says: string }[];
    readonly first: readonly { readonly objects: string; readonly findings: number; readonly share: number }[];
  };
  readonly images?: {
    readonly running: number;
    readonly notKnown: number;
    /** Flaws of what runs, the gravest first; `inUse`: a running container has loaded the package. */
    readonly touching: readonly {
      readonly id: string;
      readonly severity: string;
      readonly package: string;
      readonly namespaces: readonly string[];
      readonly exploited: boolean;
      readonly inUse?: boolean;
      readonly fixed?: string;
    }[];
  };
  readonly current?: {
    /** What something speaks against, the most urgent first. */
    readonly against: readonly { readonly name: string; readonly verdict: string; readonly whatToDo: string }[];
    /** How many things were looked up and are current. */
    readonly fine: number;
  };
  readonly audit?: {
    readonly changes: readonly {
      readonly who: string;
      readonly verb: string;
      readonly what: string;
      readonly times: number;
    }[];
    readonly refused: number;
    /** Changes that nobody wrote down one by one. */
    readonly left: number;
  };
  /** Sources of advisories with what is known of their age; absent: `notLooked` says why nobody could see them. */
  readonly sources?: readonly { readonly name: string; readonly checkedAt?: string; readonly stale?: string }[];
  readonly notLooked: readonly string[];
}

export interface BriefLine {
  readonly text: string;
  /** The command that shows or mends it. */
  readonly run?: string;
}

export interface BriefSection {
  readonly title: string;
  readonly lines: readonly BriefLine[];
}

/** A page for a person. */
export interface Brief {
  readonly of: string;
  /** RFC 3339. */
  readonly since: string;
  readonly at: string;
  readonly role: BriefRole;
  readonly sections: readonly BriefSection[];
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
export const listed = (words: readonly string[], limit = 3): string =>
  words.length <= limit ? words.join(", ") : `${words.slice(0, limit).join(", ")} and ${words.length - limit} more`;
