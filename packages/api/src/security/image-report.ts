import type { KubeObject } from "../object.ts";
import type { SignatureFact, SignatureFailure } from "./signature-facts.ts";

/** Findings by severity, and those that weigh more than any severity. */
export interface ImageFindingCounts {
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly negligible: number;
  /** Nobody has rated them. */
  readonly unknown: number;
  /** Of all these, those that a newer version mends. */
  readonly fixable: number;
  readonly exploited: number;
  readonly malicious: number;
  readonly misconfigurations: number;
  readonly secrets: number;
}

export interface ImageReportSource {
  readonly name: string;
  readonly records: number;
  /** RFC 3339; when it was last taken in or found unchanged. */
  readonly checkedAt: string;
  /** Why it is too old to be believed whole; absent: it is fresh. */
  readonly stale?: string | undefined;
}

export interface ImageReportBlindSpot {
  readonly what: string;
  readonly where: string;
  readonly why: string;
}

/** The short of what is known about one image digest. The whole is fetched by digest from beside the API's store. */
export interface ImageReportSummary {
  /** `sha256:…` */
  readonly digest: string;
  /** Under which names it runs in this namespace; at most 32. */
  readonly images: readonly string[];
  /** RFC 3339; absent: not scanned yet. */
  readonly scannedAt?: string | undefined;
  readonly counts?: ImageFindingCounts | undefined;
  readonly sources: readonly ImageReportSource[];
  readonly signatures: readonly SignatureFact[];
  /** What was found and does not count. */
  readonly signatureFailures?: readonly SignatureFailure[] | undefined;
  /** What the scan could not look into; at most 32. */
  readonly blindSpots: readonly ImageReportBlindSpot[];
  readonly verdict: {
    readonly decision: "Allow" | "Warn" | "Hold" | "Refuse";
    /** The rules that made it so, with the deciding one first. */
    readonly rules: readonly string[];
    readonly message: string;
  };
}

/** What is known about an image that a namespace runs; its name is the digest with a `-` for the `:`. */
export interface ImageReport extends KubeObject {
  report: ImageReportSummary;
}
