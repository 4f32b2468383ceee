import type {
  FindingFacts,
  FindingSeverity,
  ImageOutcome,
  ImageSeverity,
  ImageTrustPolicy,
  ImageTrustPolicySpec,
  ScanFacts,
  VulnerabilityRule,
} from "@bulkhead/api";
import type { Breach } from "./breach.ts";
import type { ImageFacts, ImageStage } from "./facts.ts";
import { durationOf } from "./pattern.ts";
import { vexAuthorsOf } from "./vex.ts";

const ranks: Readonly<Record<Exclude<FindingSeverity, "unknown">, number>> = {
  negligible: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};
const names: Readonly<Record<Exclude<FindingSeverity, "unknown">, ImageSeverity>> = {
  negligible: "Negligible",
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};
const rankOf = (highest: ImageSeverity | "None"): number =>
  highest === "None" ? 0 : (ranks[highest.toLowerCase() as keyof typeof ranks] ?? 0);

const outcomeOf = (outcome: ImageOutcome): Breach["outcome"] | undefined =>
  outcome === "Refuse" ? "refuse" : outcome === "Warn" ? "warn" : undefined;

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Whether a policy asks anything of an image's content, so that it must be scanned before it runs. */
export const asksForScan = (spec: ImageTrustPolicySpec | undefined): boolean =>
  spec?.vulnerabilities !== undefined ||
  spec?.misconfigurations !== undefined ||
  (spec?.endOfLife ?? "Allow") !== "Allow" ||
  (spec?.secrets ?? "Allow") !== "Allow" ||
  spec?.unknown === "Refuse";

/** What of a policy's rules about content a scanned image does not meet. */
export function scanBreaches(policy: ImageTrustPolicy, scan: ScanFacts, now: number): readonly Breach[] {
  const spec = policy.spec as ImageTrustPolicySpec | undefined;
  if (spec === undefined) return [];
  return [
    // A malicious package is refused by every policy, whatever else it asks.
    ...scan.findings.filter((f) => f.malicious === true).map(malicious),
    ...(spec.vulnerabilities === undefined ? [] : vulnerabilities(spec.vulnerabilities, policy, scan, now)),
    ...endOfLife(spec, scan),
    ...misconfigurations(spec, scan),
    ...secrets(spec, scan),
    ...(asksForScan(spec) ? blind(spec, scan) : []),
  ];
}

const named = ({ id, aliases }: FindingFacts): readonly string[] => [id, ...aliases];

const malicious = (finding: FindingFacts): Breach => ({
  rule: "malicious",
  outcome: "refuse",
  policyField: "spec.vulnerabilities",
  ofScan: true,
  names: named(finding),
  says: `runs no malicious package: ${finding.package} is one (${finding.id})`,
});

function vulnerabilities(rule: VulnerabilityRule, policy: ImageTrustPolicy, scan: ScanFacts, now: number): Breach[] {
  const { spec } = policy;
  const trusted = new Set(vexAuthorsOf(policy));
  return scan.findings.flatMap((finding) => {
    if (finding.malicious === true || finding.notAffectedBy?.some((author) => trusted.has(author)) === true) return [];
    const exploited = finding.exploited === true ? outcomeOf(rule.exploited ?? "Refuse") : undefined;
    const known = exploited === undefined ? undefined : beExploited(finding, exploited);
    // What is only warned of as exploited may yet be refused for its severity.
    const rated = known?.outcome === "refuse" ? undefined : beRated(finding, rule, spec, now);
    return [known, rated].filter((breach) => breach !== undefined);
  });
}

const mended = ({ fixedVersion }: FindingFacts): string =>
  fixedVersion === undefined ? "there is no fix yet" : `fixed in ${fixedVersion}`;

const passingVersion = (finding: FindingFacts): { readonly passing?: string } =>
  finding.fixedVersion === undefined
    ? {}
    : { passing: `an image with ${finding.package.split(" ")[0] ?? ""} ${finding.fixedVersion}` };

const beExploited = (finding: FindingFacts, outcome: Breach["outcome"]): Breach => ({
  rule: "exploited",
  outcome,
  policyField: "spec.vulnerabilities.exploited",
  ofScan: true,
  names: named(finding),
  says: `runs nothing that is known to be exploited: ${finding.id} in ${finding.package}, ${mended(finding)}`,
  ...passingVersion(finding),
});

function beRated(
  finding: FindingFacts,
  rule: VulnerabilityRule,
  spec: ImageTrustPolicySpec,
  now: number,
): Breach | undefined {
  const { highest } = rule;
  if (highest === undefined) return undefined;
  const { severity, fixedVersion, fixedAt } = finding;
  if (severity === "unknown")
    return unknown(spec, `${finding.id} in ${finding.package} is rated by nobody`, named(finding));
  if (ranks[severity] <= rankOf(highest)) return undefined;
  const what = `lets pass ${highest === "None" ? "no finding" : `${highest} at most`}: ${finding.id} in ${finding.package} is ${names[severity]}`;
  const breach = { rule: "vulnerability" as const, ofScan: true, names: named(finding), ...passingVersion(finding) };
  if (fixedVersion === undefined) {
    const outcome = outcomeOf(rule.unfixed ?? "Warn");
    return outcome === undefined
      ? undefined
      : { ...breach, outcome, policyField: "spec.vulnerabilities.unfixed", says: `${what}, and there is no fix yet` };
  }
  const text = rule.deadlines?.[names[severity]];
  if (text === undefined)
    return {
      ...breach,
      outcome: "refuse",
      policyField: "spec.vulnerabilities.highest",
      says: `${what}, fixed in ${fixedVersion}`,
    };
  const policyField = `spec.vulnerabilities.deadlines.${names[severity]}`;
  const allowed = durationOf(text);
  if (allowed === undefined)
    return {
      ...breach,
      outcome: "refuse",
      policyField,
      says: `${what}, and its deadline ${JSON.stringify(text)} cannot be read`,
    };
  if (fixedAt === undefined)
    return unknown(spec, `nobody says since when ${finding.id} in ${finding.package} is fixed`, named(finding));
  const until = fixedAt + allowed;
  const since = `fixed in ${fixedVersion} since ${day(fixedAt)}`;
  return now < until
    ? { ...breach, outcome: "warn", policyField, says: `${what}, ${since}: it passes until ${day(until)}` }
    : { ...breach, outcome: "refuse", policyField, says: `${what}, ${since}: the deadline of ${text} is over` };
}

/** What is not known is never taken for passed: the policy says whether it warns or refuses. */
const unknown = (spec: ImageTrustPolicySpec, what: string, of?: readonly string[]): Breach => ({
  rule: "unknown",
  outcome: spec.unknown === "Refuse" ? "refuse" : "warn",
  policyField: "spec.unknown",
  ofScan: true,
  ...(of === undefined ? {} : { names: of }),
  says: `cannot be answered: ${what}`,
});

function endOfLife(spec: ImageTrustPolicySpec, scan: ScanFacts): Breach[] {
  const outcome = outcomeOf(spec.endOfLife ?? "Allow");
  if (outcome === undefined) return [];
  return scan.endOfLife.map(({ name, since }) => ({
    rule: "end-of-life",
    outcome,
    policyField: "spec.endOfLife",
    ofScan: true,
    says: `runs nothing past its end of life: ${name} has had no fixes since ${since}`,
  }));
}

function misconfigurations({ misconfigurations: rule }: ImageTrustPolicySpec, scan: ScanFacts): Breach[] {
  if (rule === undefined) return [];
  const refused = new Set(rule.refuse ?? []);
  return scan.misconfigurations.flatMap(({ id, severity, says }): Breach[] => {
    const above = rule.highest !== undefined && (severity === "unknown" || ranks[severity] > rankOf(rule.highest));
    if (!above && !refused.has(id)) return [];
    const policyField = refused.has(id) ? "spec.misconfigurations.refuse" : "spec.misconfigurations.highest";
    return [
      {
        rule: "misconfiguration",
        outcome: "refuse",
        policyField,
        ofScan: true,
        names: [id],
        says: `does not let pass ${id}: ${says}`,
      },
    ];
  });
}

function secrets(spec: ImageTrustPolicySpec, scan: ScanFacts): Breach[] {
  const outcome = outcomeOf(spec.secrets ?? "Allow");
  if (outcome === undefined) return [];
  return scan.secrets.map(({ rule, path }) => ({
    rule: "secret",
    outcome,
    policyField: "spec.secrets",
    ofScan: true,
    names: [path],
    says: `runs no image with secrets in it: ${path} holds one (${rule})`,
  }));
}

function blind(spec: ImageTrustPolicySpec, scan: ScanFacts): Breach[] {
  const stale = scan.sources.filter((s) => s.stale !== undefined);
  const spots = scan.blindSpots;
  return [
    ...(scan.sources.length === 0 && spec.vulnerabilities !== undefined
      ? [unknown(spec, "there are no advisories to match it with")]
      : []),
    ...stale.map((source) =>
      unknown(spec, `the advisories of ${source.name} cannot be believed whole (${source.stale})`),
    ),
    ...(spots.length === 0
      ? []
      : [
          unknown(
            spec,
            `its scan could not look into ${spots
              .slice(0, 3)
              .map((s) => `${s.where} (${s.what})`)
              .join(", ")}${spots.length > 3 ? ` and ${spots.length - 3} more` : ""}`,
          ),
        ]),
  ];
}

/** What was never looked at: it waits for its scan where one asks what is in it, or where one comes anyway. */
export function unscanned(
  spec: ImageTrustPolicySpec | undefined,
  facts: ImageFacts | undefined,
  stage: ImageStage,
): readonly Breach[] {
  const asks = asksForScan(spec);
  const breach = (outcome: Breach["outcome"], says: string): readonly Breach[] => [
    { rule: "scan", outcome, policyField: "spec", ofScan: true, says },
  ];
  const failure = facts?.scanFailure;
  if (failure !== undefined)
    return breach(asks ? "refuse" : "warn", `runs nothing that cannot be looked into: ${failure}`);
  if (asks)
    return breach(
      "hold",
      facts === undefined
        ? "asks what is in it, which is looked up when its pods are admitted (ImageScanPending)"
        : "asks what is in it: it waits until it is scanned (ImageScanPending)",
    );
  return facts?.scanComes === true && stage === "start"
    ? breach("hold", "runs no malicious package: it waits until it is scanned (ImageScanPending)")
    : [];
}
