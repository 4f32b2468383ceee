import type { SeverityLevel } from "../advisories/advisory.ts";
import type { Finding } from "../matching/finding.ts";

/** A finding that a newer package would mend. */
export interface WantedFix {
  readonly id: string;
  readonly severity: SeverityLevel;
  /** The source package (Alpine: the origin) and its version that mends it. */
  readonly source: string;
  readonly fixedVersion: string;
}

/** A package of the image, and what comes in its place. */
export interface PackageUpgrade {
  readonly name: string;
  readonly architecture: string;
  readonly from: string;
  readonly to: string;
  readonly source: string;
  /** Where from: suite and component, address, checksum in the signed index. */
  readonly origin: string;
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
  readonly fixes: readonly { readonly id: string; readonly severity: SeverityLevel }[];
  /** Another upgrade needs it; it mends nothing itself. */
  readonly neededBy?: string;
}

/** A package that is left as it is though a fix is known. */
export interface PatchRefusal {
  readonly package: string;
  readonly version: string;
  readonly fixes: readonly string[];
  /** For a person: why, in one line. */
  readonly reason: string;
}

/** Findings of operating system packages that have a fix and count. */
export function wantedFixes(findings: readonly Finding[]): WantedFix[] {
  const wanted = new Map<string, WantedFix>();
  for (const { kind, id, package: one, severity, fix, suppressed } of findings) {
    if ((kind !== "vulnerability" && kind !== "update") || suppressed !== undefined) continue;
    if ((one.ecosystem !== "dpkg" && one.ecosystem !== "apk") || fix.state !== "available") continue;
    if (fix.version === undefined || one.thirdParty === true) continue;
    const source = one.source?.name ?? one.name;
    wanted.set(`${id}\n${source}`, { id, severity: severity.level, source, fixedVersion: fix.version });
  }
  return [...wanted.values()];
}
