import type { KubeObject } from "../object.ts";

/** Something of a machine that could grow old, with all that was looked up of it, not judged yet. */
export interface MachineItem {
  readonly kind: string;
  readonly name: string;
  readonly version: string;
  readonly origin: string;
  readonly purl?: string;
  readonly support?: {
    readonly until?: string;
    readonly ended: boolean;
    readonly from: string;
    readonly extended?: boolean;
  };
  /** The gravest first; at most 32. */
  readonly vulnerabilities: readonly MachineItemFlaw[];
  /** Those that did not fit. */
  readonly furtherVulnerabilities?: number;
  readonly newest?: {
    readonly version: string;
    readonly source: string;
    readonly at: string;
    readonly newer: boolean;
    readonly security?: boolean;
  };
  readonly flawsAsked?: true;
  readonly gaps: readonly string[];
  readonly remedy: string;
  readonly since?: string;
}

export interface MachineItemFlaw {
  readonly id: string;
  readonly severity: "critical" | "high" | "medium" | "low" | "negligible" | "unknown";
  readonly fixed?: string;
  readonly exploited: boolean;
  readonly touches: "yes" | "no" | "unknown";
  readonly because: string;
  readonly sources: readonly string[];
}

/** A part of which a newer revision is offered. */
export interface OfferedPart {
  readonly part: string;
  readonly from: string;
  readonly to: string;
  readonly suite: string;
  /** What it mends; empty: nothing known. */
  readonly security: readonly string[];
  /** RFC 3339; since when this very revision is offered, as far as we asked. */
  readonly since: string;
}

/** Root's own word that a part is not to be changed for a while. */
export interface HeldPart {
  readonly part: string;
  readonly reason: string;
  readonly by: string;
  readonly since: string;
  readonly until: string;
}

/** A revision that failed here. */
export interface FailedPart {
  readonly part: string;
  readonly version: string;
  readonly at: string;
  readonly says: string;
}

/** `TakenBack`: it went well, and a person put the earlier revision back. */
export const partOutcomes = ["Applied", "Failed", "TakenBack"] as const;

/** On whose word: a CurrencyPolicy's, or that of whoever is root. */
export const partActors = ["Policy", "Root"] as const;

/** What was done. */
export interface ActedOnPart {
  readonly at: string;
  readonly part: string;
  readonly from: string;
  readonly to: string;
  readonly outcome: (typeof partOutcomes)[number];
  readonly by: (typeof partActors)[number];
  /** Which CurrencyPolicies spoke for it, and who approved it, where it was theirs. */
  readonly policies?: readonly string[];
  readonly approvedBy?: readonly string[];
  readonly says: string;
}

/** How old what a source said is. */
export interface PublishedSource {
  readonly name: string;
  readonly records: number;
  readonly checkedDaysAgo: number;
  readonly newestDaysAgo?: number;
  readonly stale?: string;
}

/** What only a machine itself can say of what could grow old; written by its root's own process. Named as the node. */
export interface MachineInventory extends KubeObject {
  machine: {
    /** RFC 3339. */
    readonly lookedAt: string;
    /** At most 600. */
    readonly items: readonly MachineItem[];
    readonly unseen: readonly { readonly what: string; readonly why: string }[];
    readonly sources: readonly PublishedSource[];
    /** Of the suites, when they were last asked; absent: never. */
    readonly asked?: { readonly at: string; readonly suite: string; readonly mirror: string };
    readonly offers: readonly OfferedPart[];
    readonly holds: readonly HeldPart[];
    readonly failed: readonly FailedPart[];
    /** The newest first; at most 32. */
    readonly acted: readonly ActedOnPart[];
  };
}

/** The identity of root's process that looks at the machine and acts by policy. */
export const currencyKeeperUser = "system:serviceaccount:kube-system:bulkhead-currency";
