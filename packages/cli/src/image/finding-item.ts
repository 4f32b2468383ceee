import type { CheckFinding, Finding } from "@bulkhead/images";
import { levelOf, rank, type ScanReport, type Threshold } from "./scan-report.ts";

/** What a finding is of, told apart by baselines; a malicious package and one without support are flaws too. */
export const itemKinds = ["vulnerability", "secret", "misconfiguration"] as const;
export type ItemKind = (typeof itemKinds)[number];

/**
 * One finding of a report, whatever it is of. `kind`, `id` and `subject` are its identity: they stay when an image is built
 * anew, a package comes in another version, a line moves or another machine scans.
 */
export interface FindingItem {
  readonly kind: ItemKind;
  /** The flaw's usual name, the secret's rule, the check. */
  readonly id: string;
  /** Every name of it, `id` too. */
  readonly ids: readonly string[];
  /** `dpkg/libssl3`, or a path, or a place of the configuration. */
  readonly subject: string;
  readonly severity: string;
  readonly exploited?: true;
  readonly malicious?: true;
  /** A newer version mends it. */
  readonly fixable: boolean;
  /** What it is about, where it is a flaw. */
  readonly finding?: Finding;
  readonly check?: CheckFinding;
}

const flawItem = (finding: Finding): FindingItem => ({
  kind: "vulnerability",
  id: finding.id,
  ids: [...new Set([finding.id, ...finding.ids])],
  subject: `${finding.package.ecosystem}/${finding.package.name}`,
  severity: levelOf(finding),
  ...(finding.exploited === undefined ? {} : { exploited: true }),
  ...(finding.kind === "malicious" ? { malicious: true } : {}),
  fixable: finding.fix.state === "available",
  finding,
});

/** Everything that is open in a report, worst first within its kind. What statements settle is not. */
export function itemsOf(report: ScanReport): readonly FindingItem[] {
  const places = new Map<string, number>();
  return [
    ...(report.match?.findings ?? []).filter((f) => f.suppressed === undefined).map(flawItem),
    ...report.secrets.map((secret): FindingItem => {
      const place = `${secret.rule} ${secret.path}`;
      const count = (places.get(place) ?? 0) + 1;
      places.set(place, count);
      // Lines move, and fingerprints are one machine's own: the second of a kind in a file is told by its number.
      const subject = count === 1 ? secret.path : `${secret.path}#${count}`;
      return {
        kind: "secret",
        id: secret.rule,
        ids: [secret.rule],
        subject,
        severity: secret.severity,
        fixable: true,
      };
    }),
    ...report.checks.flatMap((check) =>
      check.hits.map(
        ({ where }): FindingItem => ({
          kind: "misconfiguration",
          id: check.id,
          ids: [check.id],
          subject: where,
          severity: check.severity,
          fixable: true,
          check,
        }),
      ),
    ),
  ];
}

export interface Bar {
  readonly failOn: Threshold;
  /** What has no fix yet is let by, exploited or not; malicious packages never are. */
  readonly onlyFixed?: boolean;
}

/** Whether a finding is at or above the bar (`any`: what nobody rated too); malicious and exploited ones are, whatever they are rated. */
export function isAbove({ severity, exploited, malicious, fixable }: FindingItem, { failOn, onlyFixed }: Bar): boolean {
  if (failOn === "never" || severity === "info") return false;
  if (malicious === true) return true;
  if (onlyFixed === true && !fixable) return false;
  return exploited === true || failOn === "any" || rank(severity) <= rank(failOn);
}

/** How many findings these are: all places of one check are one. */
export const countOf = (items: readonly FindingItem[]): number =>
  items.filter(({ check }) => check === undefined).length +
  new Set(items.flatMap(({ check }) => (check === undefined ? [] : [check]))).size;
