import type { SignatureFailure } from "@bulkhead/api";
import type {
  CheckFinding,
  EvidenceDifference,
  Finding,
  ImageScan,
  ImageSecret,
  Inventory,
  MatchResult,
} from "@bulkhead/images";

/** What was scanned: an image, or the inventory that someone else's SBOM holds. */
export interface ScanReport {
  /** As it was named. */
  readonly name: string;
  readonly digest?: string;
  /** Absent where an SBOM was read. */
  readonly scan?: ImageScan;
  readonly inventory: Inventory;
  readonly checks: readonly CheckFinding[];
  readonly secrets: readonly ImageSecret[];
  /** Absent: no advisories are at hand, and `unmatched` says so. */
  readonly match?: MatchResult;
  readonly unmatched?: string;
  /** The documents whose statements were held against the findings; absent: there were none. */
  readonly vex?: ReportVex;
  /** Packages of which running containers have loaded files; absent: nobody looked. */
  readonly inUse?: {
    /** Milliseconds since the epoch. */
    readonly lookedAt: number;
    readonly packages: readonly { readonly name: string; readonly version: string; readonly since: number }[];
  };
  /** Other scanners' reports that were named, beside ours. */
  readonly beside?: readonly {
    readonly scanner: string;
    readonly at?: string;
    readonly difference: EvidenceDifference;
  }[];
}

export interface ReportVex {
  readonly documents: readonly {
    /** A file, a policy, or the digest of the manifest that carries it beside the image. */
    readonly from: string;
    readonly author: string;
    readonly statements: number;
    /** That could not be understood, or are more than are taken. */
    readonly skipped: number;
  }[];
  /** What lies beside the image and could not be looked into. */
  readonly failures: readonly SignatureFailure[];
}

export const severities = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
export const thresholds = ["critical", "high", "medium", "low", "any", "never"] as const;
export type Threshold = (typeof thresholds)[number];

export const rank = (level: string): number => {
  const at = (severities as readonly string[]).indexOf(level);
  return at < 0 ? severities.length : at;
};

export const levelOf = (finding: Finding): string =>
  finding.kind === "malicious" ? "critical" : finding.severity.level;

/** Why nothing found is no word of health; undefined: there was something to know, and all of it was looked at. */
export function doubtOf({ inventory: { packages, coverage, blindSpots }, match }: ScanReport): string | undefined {
  if (packages.length === 0) return "no package is known";
  if (match === undefined || match.coverage.some(({ verdict }) => verdict !== "covered"))
    return "not everything could be matched";
  return coverage.explained < coverage.executables || blindSpots.length > 0
    ? "not everything could be seen into"
    : undefined;
}
