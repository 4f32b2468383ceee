import type { LabelSelector, ObjectReference } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

/** The API of OpenReports (openreports.io, v0.2), which policy engines and scanners share. Not ours to change. */
export const openReportsGroup = "openreports.io";
export const openReportsVersion = "v1alpha1";

export const openReportOutcomes = ["pass", "fail", "warn", "error", "skip"] as const;
/** `warn`: not met, and not scored; `error`: it could not be evaluated. */
export type OpenReportOutcome = (typeof openReportOutcomes)[number];
export const openReportSeverities = ["critical", "high", "low", "medium", "info"] as const;
export type OpenReportSeverity = (typeof openReportSeverities)[number];

export interface OpenReportResult {
  readonly source?: string;
  readonly policy: string;
  readonly rule?: string;
  readonly category?: string;
  readonly severity?: OpenReportSeverity;
  /** metav1.Timestamp: no text. */
  readonly timestamp?: { readonly seconds: number; readonly nanos: number };
  readonly result?: OpenReportOutcome;
  readonly scored?: boolean;
  /** What was checked. */
  readonly resources?: readonly ObjectReference[];
  readonly resourceSelector?: LabelSelector;
  readonly message?: string;
  readonly properties?: Readonly<Record<string, string>>;
}

/** Results about what is in one namespace. */
export interface OpenReport extends KubeObject {
  source?: string;
  scope?: ObjectReference;
  configuration?: { readonly limits: { readonly maxResults?: number } };
  summary?: Readonly<Record<OpenReportOutcome, number>>;
  results?: readonly OpenReportResult[];
}
