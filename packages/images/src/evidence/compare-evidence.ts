import type { Finding } from "../matching/finding.ts";
import type { EvidenceFlaw, ScannerEvidence } from "./scanner-evidence.ts";

/** Our findings beside another scanner's: agreement, and each side's own. */
export interface EvidenceDifference {
  readonly both: readonly { readonly ours: Finding; readonly theirs: EvidenceFlaw }[];
  readonly oursOnly: readonly Finding[];
  readonly theirsOnly: readonly EvidenceFlaw[];
}

/**
 * Pairs findings that share a name of the flaw and the package: by name (an OS package's source counts too) and, where
 * both say it, by version. End-of-life findings are ours alone and left out.
 */
export function compareEvidence(ours: readonly Finding[], evidence: ScannerEvidence): EvidenceDifference {
  const byPackage = new Map<string, { readonly finding: Finding; readonly ids: ReadonlySet<string> }[]>();
  const counted = ours.filter((f) => f.kind === "vulnerability" || f.kind === "malicious");
  for (const finding of counted) {
    const { name, source } = finding.package;
    const entry = { finding, ids: new Set([finding.id, ...finding.ids]) };
    for (const key of new Set([name, source?.name ?? name].map(keyOf)))
      byPackage.set(key, [...(byPackage.get(key) ?? []), entry]);
  }
  const met = new Set<Finding>();
  const both: { readonly ours: Finding; readonly theirs: EvidenceFlaw }[] = [];
  const theirsOnly: EvidenceFlaw[] = [];
  for (const flaw of evidence.flaws) {
    const match = (byPackage.get(keyOf(flaw.packageName)) ?? []).find(
      ({ finding, ids }) =>
        [flaw.id, ...flaw.aliases].some((id) => ids.has(id)) && sameVersion(finding.package.version, flaw.version),
    );
    if (match === undefined) theirsOnly.push(flaw);
    else {
      met.add(match.finding);
      both.push({ ours: match.finding, theirs: flaw });
    }
  }
  return { both, oursOnly: counted.filter((f) => !met.has(f)), theirsOnly };
}

/** Python names are written in several ways; the rest differ by more than case and dashes. */
const keyOf = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");
/** Epochs and Go's `v` are written by some and not by others. */
const sameVersion = (a: string, b: string): boolean => a.replace(/^(\d+:|v)/, "") === b.replace(/^(\d+:|v)/, "");
