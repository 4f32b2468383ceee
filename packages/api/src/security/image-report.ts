import type { KubeObject } from "../object.ts";
import type { RunningPodAction } from "./image-trust-policy.ts";
import type { ScanFacts } from "./scan-facts.ts";

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
  /** Of the findings, those in packages that running containers have loaded; absent: nobody looked. */
  readonly inUse?: number | undefined;
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
}

/** Where pods that run the image are out of policy, and what was done. */
export interface ImageReportOutOfPolicy {
  readonly namespace: string;
  readonly action: RunningPodAction;
  readonly says: string;
}

/** The gravest of what was found, gravest first: at most 32 findings and 16 of the others. */
export type ImageReportWorst = Pick<ScanFacts, "findings" | "endOfLife" | "misconfigurations" | "secrets">;

/** The short of what is known about one image digest. The whole is fetched by digest from beside the API's store. */
export interface ImageReportSummary {
  /** `sha256:…` */
  readonly digest: string;
  /** Under which names it runs; at most 32. Empty: it runs no more. */
  readonly images: readonly string[];
  /** Where it runs; at most 64. */
  readonly namespaces: readonly string[];
  /** Where it was let run before, so that it is not refused there for what is known since; at most 64. */
  readonly ranIn?: readonly string[] | undefined;
  /** RFC 3339; absent: not scanned yet. */
  readonly scannedAt?: string | undefined;
  /** RFC 3339; when it was last held against the advisories. */
  readonly matchedAt?: string | undefined;
  /** Why it could not be scanned or matched the last time. */
  readonly failure?: string | undefined;
  readonly distribution?: string | undefined;
  readonly packages?: number | undefined;
  /** Of the files in it that can be executed, how many a package explains. */
  readonly coverage?: { readonly executables: number; readonly explained: number } | undefined;
  readonly counts?: ImageFindingCounts | undefined;
  /** Packages of which running containers have loaded files, and when that was last looked at (RFC 3339). */
  readonly inUse?: { readonly packages: number; readonly lookedAt: string } | undefined;
  readonly worst?: ImageReportWorst | undefined;
  /** At most 16. Absent: it runs nowhere against a policy. */
  readonly outOfPolicy?: readonly ImageReportOutOfPolicy[] | undefined;
  readonly sources: readonly ImageReportSource[];
  /** What the scan could not look into; at most 32. */
  readonly blindSpots: readonly ImageReportBlindSpot[];
}

/** What is known about an image that runs; its name is the digest with a `-` for the `:`. */
export interface ImageReport extends KubeObject {
  report: ImageReportSummary;
}

/** The name of an image's report: its digest with a `-` for the `:`. */
export const imageReportName = (digest: string): string => digest.replace(":", "-");

/** Namespaces that a report can name in one list. */
export const imageReportNamespaces = 64;
