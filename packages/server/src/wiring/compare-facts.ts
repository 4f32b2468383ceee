import type { FindingFacts, ScanFacts, UpdateFix } from "@bulkhead/api";

/** What replacing one image by another changes in what is known of them. */
export interface FactsComparison {
  /** Findings that the old one has and the new one has not, the gravest first. */
  readonly fixes: readonly UpdateFix[];
  /** Whether one of them is grave: exploited, malicious, critical, high, or mended without anybody's rating. */
  readonly mendsGrave: boolean;
  /** Why the new one is worse, in words; absent: it is not. */
  readonly worse?: string;
}

const ranks = { critical: 0, high: 1, medium: 2, low: 3, negligible: 4, unknown: 5 } as const;

/** A distribution's security suite rates nothing: what it mends is not small for that. */
const grave = ({ severity, exploited, malicious, fixedVersion }: FindingFacts): boolean =>
  malicious === true ||
  exploited === true ||
  severity === "critical" ||
  severity === "high" ||
  (severity === "unknown" && fixedVersion !== undefined);

const names = ({ id, aliases }: FindingFacts): readonly string[] => [id, ...aliases];

/** Findings of `from` that `other` does not have under any of their names. */
function without(from: ScanFacts, other: ScanFacts): FindingFacts[] {
  const known = new Set(other.findings.flatMap(names));
  return from.findings.filter((finding) => !names(finding).some((name) => known.has(name)));
}

/** Pure. Compares by flaws, not by packages: the same flaw in another package is no new one. */
export function compareFacts(before: ScanFacts, after: ScanFacts): FactsComparison {
  const gone = without(before, after).sort((a, b) => ranks[a.severity] - ranks[b.severity]);
  const fresh = without(after, before);
  const graveFresh = fresh.filter(grave);
  const mended = gone.filter(grave);
  // An image is not judged by what could not be looked at: more of that is no better either.
  const hidden =
    after.blindSpots.length > before.blindSpots.length && after.blindSpots.some((b) => b.what === "package-database");
  const worst = graveFresh.find((f) => f.malicious === true || f.exploited === true);
  const worse =
    worst !== undefined
      ? `it brings ${worst.id} (${worst.package}), which is ${worst.malicious === true ? "malicious" : "exploited"}`
      : graveFresh.length > mended.length
        ? `it brings ${graveFresh.length} grave findings (${graveFresh
            .slice(0, 3)
            .map((f) => `${f.id} in ${f.package}`)
            .join(", ")}) and mends ${mended.length}`
        : hidden
          ? "its package database cannot be read"
          : undefined;
  return {
    fixes: gone.map((f) => ({ id: f.id, package: f.package, severity: f.severity })),
    mendsGrave: mended.length > 0,
    ...(worse === undefined ? {} : { worse }),
  };
}
