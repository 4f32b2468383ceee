import type { ImageFinding, ImageScan } from "@bulkhead/policy";
import type { ScanReport } from "./scan-report.ts";

type Match = NonNullable<ScanReport["match"]>;

/** A scan as the image decider reads it. What could not be matched is a blind spot, never silence. */
export function imageScanOf(report: ScanReport): ImageScan {
  const { match, inventory, checks, secrets } = report;
  const flaws = match?.findings.filter((f) => f.kind !== "end-of-life") ?? [];
  return {
    findings: flaws.map(findingOf),
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

function findingOf(finding: Match["findings"][number]): ImageFinding {
  const {
    id,
    ids,
    package: { name, version },
    severity,
    fix,
    exploited,
    kind,
    suppressed,
  } = finding;
  return {
    id,
    aliases: ids.filter((other) => other !== id),
    package: `${name} ${version}`,
    severity: severity.level,
    ...(fix.state === "available" && fix.version !== undefined ? { fixedVersion: fix.version } : {}),
    ...(fix.since === undefined ? {} : { fixedAt: fix.since.at }),
    ...(exploited === undefined ? {} : { exploited: true }),
    ...(kind === "malicious" ? { malicious: true } : {}),
    // Only who is honoured settles anything: a statement that came with the image may claim any author.
    ...(suppressed === undefined ? {} : { notAffectedBy: [suppressed.author] }),
  };
}
