import type { KubeObject } from "../object.ts";

export const currencyVerdicts = ["vulnerable", "unsupported", "update", "unknown", "current"] as const;
export type CurrencySummaryVerdict = (typeof currencyVerdicts)[number];

/** What the decider says of a part of which something newer is offered. */
export const currencyDecisions = ["now", "waits", "needs-approval", "held", "failed"] as const;
export type CurrencyDecision = (typeof currencyDecisions)[number];

/** One of the most urgent things; the rest is told by `bulkhead current`. */
export interface SummarisedItem {
  /** `part/runc`. */
  readonly id: string;
  readonly version: string;
  /** Of which machine; absent: seen through the API. */
  readonly machine?: string;
  readonly verdict: CurrencySummaryVerdict;
  readonly because: string;
  readonly whatToDo?: string;
}

export interface SummarisedEnd {
  readonly id: string;
  /** YYYY-MM-DD or RFC 3339. */
  readonly until: string;
  readonly from: string;
}

export interface SummarisedUpdate {
  readonly machine: string;
  readonly part: string;
  readonly from: string;
  readonly to: string;
  readonly decision: CurrencyDecision;
  readonly action: "Report" | "Apply";
  readonly because: string;
  /** RFC 3339. */
  readonly until?: string;
  readonly command?: string;
}

/** What has grown old, in short; written by the currency controller alone. */
export interface CurrencySummary extends KubeObject {
  currency: {
    /** RFC 3339. */
    readonly lookedAt: string;
    readonly counts: Readonly<Record<CurrencySummaryVerdict, number>>;
    /** Items with a flaw that is known to be used in attacks. */
    readonly exploited: number;
    /** The most urgent first; at most 48. */
    readonly worst: readonly SummarisedItem[];
    /** The soonest first; at most 12. */
    readonly endsNext: readonly SummarisedEnd[];
    readonly plan: readonly SummarisedUpdate[];
    /** At most 32. */
    readonly unseen: readonly { readonly what: string; readonly why: string }[];
    readonly staleSources: readonly string[];
    readonly machines: readonly { readonly name: string; readonly lookedAt: string }[];
    /** What was told as an Event already: `part/runc CVE-2026-1`. At most 1024. */
    readonly told: readonly string[];
  };
}

/** The one CurrencySummary of a cluster. */
export const currencySummaryName = "cluster";
