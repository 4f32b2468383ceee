import type { FindingFacts, ScanFacts } from "@bulkhead/api";
import type { CheckFinding } from "../checks/check-image.ts";
import type { Inventory } from "../inventory.ts";
import type { Finding, MatchResult } from "../matching/finding.ts";
import type { ImageSecret } from "./merge-records.ts";

/** A scan and what it was matched with; absent: there are no advisories. */
export interface MatchedScan {
  readonly inventory: Inventory;
  readonly checks: readonly CheckFinding[];
  readonly secrets: readonly ImageSecret[];
  readonly match?: MatchResult;
}

/** A scan as the image decider reads it. What could not be matched is a blind spot, never silence. */
export function scanFacts({ match, inventory, checks, secrets }: MatchedScan): ScanFacts {
  const flaws = match?.findings.filter((f) => f.kind !== "end-of-life") ?? [];
  return {
    findings: flaws.map(factsOfFinding),
    sources: [
      ...(match?.sources ?? []).map(({ name, stale }) => ({ name, ...(stale === undefined ? {} : { stale }) })),
      ...(match?.coverage ?? [])
        .filter((c) => c.verdict === "unknown")
        .map((c) => ({ name: c.scope, stale: "there are none" })),
    ],
    // Extended support (Debian's LTS) is support: a finding says that the ordinary one ended.
    endOfLife: (match?.findings ?? []).flatMap(({ endOfLife }) =>
      endOfLife === undefined || endOfLife.extendedUntil !== undefined
        ? []
        : [{ name: `${endOfLife.product} ${endOfLife.cycle}`, since: endOfLife.since ?? "a day that nobody names" }],
    ),
    misconfigurations: checks.map(({ id, severity, title }) => ({
      id,
      severity: severity === "info" ? "negligible" : severity,
      says: title,
    })),
    secrets: secrets.map(({ rule, path }) => ({ rule, path })),
    blindSpots: [
      ...inventory.blindSpots.map(({ what, where }) => ({ what, where })),
      ...(match?.undecided ?? []).map((u) => ({ what: u.why, where: `${u.package.name} ${u.package.version}` })),
    ],
  };
}

function factsOfFinding(finding: Finding): FindingFacts {
  const { id, ids, severity, fix, exploited, kind, suppressed, settledBy } = finding;
  const { name, version } = finding.package;
  return {
    id,
    aliases: ids.filter((other) => other !== id),
    package: `${name} ${version}`,
    severity: severity.level,
    ...(fix.state === "available" && fix.version !== undefined ? { fixedVersion: fix.version } : {}),
    ...(fix.since === undefined ? {} : { fixedAt: fix.since.at }),
    ...(exploited === undefined ? {} : { exploited: true }),
    ...(kind === "malicious" ? { malicious: true } : {}),
    ...(finding.package.inUse === true ? { inUse: true } : {}),
    // Only who is honoured settles anything: a statement that came with the image may claim any author.
    ...(suppressed === undefined ? {} : { notAffectedBy: settledBy ?? [suppressed.author] }),
  };
}
