import type { FindingFacts } from "@bulkhead/api";
import {
  type ImageFindingCounts,
  type ImageReport,
  type ImageReportOutOfPolicy,
  type ImageReportSummary,
  type ImageReportWorst,
  imageReportName,
  imageReportNamespaces,
  securityApiVersion,
} from "@bulkhead/api";
import type { KeptReport } from "./report-store.ts";
import type { RunningImage } from "./running-images.ts";

const most = { images: 32, sources: 64, blindSpots: 32, findings: 32, others: 16, names: 8 };
const time = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

/** What weighs so much that it is told of: known malicious, known exploited, critical. */
const isGrave = (f: FindingFacts): boolean =>
  f.malicious === true || f.exploited === true || (f.severity === "critical" && f.notAffectedBy === undefined);

/** `CVE-2026-1 openssl`: the grave findings by flaw and package, sorted. */
export const graveOf = ({ answer }: KeptReport): readonly string[] =>
  [...new Set(answer.facts.findings.filter(isGrave).map((f) => `${f.id} in ${f.package.split(" ")[0] ?? ""}`))].sort();

export function countsOf({ answer: { facts, inUse } }: KeptReport): ImageFindingCounts {
  const { findings } = facts;
  const level = (severity: FindingFacts["severity"]): number => findings.filter((f) => f.severity === severity).length;
  return {
    critical: level("critical"),
    high: level("high"),
    medium: level("medium"),
    low: level("low"),
    negligible: level("negligible"),
    unknown: level("unknown"),
    fixable: findings.filter((f) => f.fixedVersion !== undefined).length,
    exploited: findings.filter((f) => f.exploited === true).length,
    malicious: findings.filter((f) => f.malicious === true).length,
    misconfigurations: facts.misconfigurations.length,
    secrets: facts.secrets.length,
    ...(inUse === undefined ? {} : { inUse: findings.filter((f) => f.inUse === true).length }),
  };
}

/** Findings are kept worst first. */
function worstOf({ answer: { facts } }: KeptReport): ImageReportWorst {
  const { findings, endOfLife, misconfigurations, secrets } = facts;
  return {
    findings: findings.slice(0, most.findings).map((f) => ({
      ...f,
      aliases: f.aliases.slice(0, most.names),
      ...(f.notAffectedBy === undefined ? {} : { notAffectedBy: f.notAffectedBy.slice(0, most.names) }),
    })),
    endOfLife: endOfLife.slice(0, most.others),
    misconfigurations: misconfigurations.slice(0, most.others),
    secrets: secrets.slice(0, most.others),
  };
}

/** What stands in a report besides what was found in the image. */
export interface ReportContext {
  readonly outOfPolicy?: readonly ImageReportOutOfPolicy[];
  /** Sources of which a newer state waits for a person. */
  readonly heldSources?: readonly string[];
}

/**
 * The short of a report, as the API shows it. `failure`: why the last attempt to read or match it failed; `ranIn`: the
 * namespaces where it was let run before.
 */
export function summaryOf(
  image: RunningImage,
  kept: KeptReport | undefined,
  failure: string | undefined,
  ranIn: readonly string[] = [],
  { outOfPolicy = [], heldSources = [] }: ReportContext = {},
): ImageReportSummary {
  const head = {
    digest: image.digest,
    images: image.names.slice(0, most.images),
    namespaces: image.namespaces.slice(0, imageReportNamespaces),
    ...(ranIn.length === 0 ? {} : { ranIn: ranIn.slice(0, imageReportNamespaces) }),
    ...(failure === undefined ? {} : { failure }),
    ...(outOfPolicy.length === 0 ? {} : { outOfPolicy: outOfPolicy.slice(0, most.others) }),
  };
  if (kept === undefined) return { ...head, sources: [], blindSpots: [] };
  const { answer } = kept;
  return {
    ...head,
    scannedAt: time(kept.scannedAt),
    matchedAt: time(kept.matchedAt),
    ...(answer.distribution === undefined ? {} : { distribution: answer.distribution }),
    packages: answer.packages,
    coverage: { executables: answer.executables, explained: answer.explained },
    counts: countsOf(kept),
    ...(answer.inUse === undefined
      ? {}
      : { inUse: { packages: answer.inUse.packages, lookedAt: time(answer.inUse.lookedAt) } }),
    worst: worstOf(kept),
    sources: answer.sources.slice(0, most.sources).map(({ name, records, checked, stale }) => ({
      name,
      records,
      checkedAt: time(checked),
      ...(stale === undefined ? (heldSources.includes(name) ? { stale: "held" } : {}) : { stale }),
    })),
    blindSpots: answer.facts.blindSpots.slice(0, most.blindSpots).map(({ what, where }) => ({ what, where })),
  };
}

export const reportObject = (summary: ImageReportSummary): ImageReport => ({
  apiVersion: securityApiVersion,
  kind: "ImageReport",
  metadata: { name: imageReportName(summary.digest) },
  report: summary,
});
