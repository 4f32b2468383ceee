import type { AppliedStatement, Finding, SbomVulnerability } from "@bulkhead/images";
import { levelOf, type ScanReport } from "./scan-report.ts";

type Rating = SbomVulnerability["ratings"][number];

const methods: Readonly<Record<string, string>> = {
  "4.0": "CVSSv4",
  "3.1": "CVSSv31",
  "3.0": "CVSSv3",
  "2.0": "CVSSv2",
};

function ratingOf(finding: Finding): Rating {
  const level = levelOf(finding);
  const { score, vector, by } = finding.severity;
  const version = /^CVSS:(\d\.\d)/.exec(vector ?? "")?.[1];
  return {
    severity:
      level === "critical" || level === "high" || level === "medium" || level === "low"
        ? level
        : level === "negligible"
          ? "info"
          : "unknown",
    ...(score === undefined ? {} : { score }),
    ...(vector === undefined ? {} : { vector }),
    ...(by === undefined ? {} : { source: { name: by } }),
    ...(version === undefined ? {} : { method: methods[version] ?? "other" }),
  };
}

/** EPSS is a probability, no CVSS score: CycloneDX keeps it among the ratings as of another method. */
const ratingsOf = (finding: Finding): Rating[] => [
  ratingOf(finding),
  ...(finding.epss === undefined ? [] : [{ score: finding.epss.score, method: "other", source: { name: "EPSS" } }]),
];

const states = {
  not_affected: "not_affected",
  fixed: "resolved",
  affected: "exploitable",
  under_investigation: "in_triage",
} as const;

/** OpenVEX's justifications in CycloneDX's words, where it has one that says no more. */
const justifications: Readonly<Record<string, NonNullable<SbomVulnerability["analysis"]>["justification"]>> = {
  component_not_present: "code_not_present",
  vulnerable_code_not_present: "code_not_present",
  vulnerable_code_not_in_execute_path: "code_not_reachable",
  inline_mitigations_already_exist: "protected_by_mitigating_control",
};

function analysisOf(told: AppliedStatement | undefined): NonNullable<SbomVulnerability["analysis"]> | undefined {
  if (told === undefined) return undefined;
  const { status, justification, statement, author, document, at } = told;
  const word = justification === undefined ? undefined : justifications[justification];
  const detail = [
    statement,
    word === undefined ? justification : undefined,
    `${author} in ${document} (${told.origin})`,
  ];
  return {
    state: states[status],
    ...(word === undefined || status !== "not_affected" ? {} : { justification: word }),
    detail: detail.filter((part) => part !== undefined && part !== "").join("; "),
    ...(at === undefined ? {} : { lastUpdated: new Date(at).toISOString() }),
  };
}

/** Whose names they are, by how they begin. */
const owners: readonly (readonly [RegExp, string, string])[] = [
  [/^CVE-/, "NVD", "https://nvd.nist.gov/vuln/detail/"],
  [/^GHSA-/, "GitHub", "https://github.com/advisories/"],
  [/^(DSA|DLA|DTSA)-/, "Debian", "https://security-tracker.debian.org/tracker/"],
  [/^USN-/, "Ubuntu", "https://ubuntu.com/security/notices/"],
  [/^RH[SBE]A-/, "Red Hat", "https://access.redhat.com/errata/"],
];

function sourceOf(id: string): { readonly name: string; readonly url: string } {
  const [, name, base] = owners.find(([form]) => form.test(id)) ?? [undefined, "OSV", "https://osv.dev/vulnerability/"];
  return { name, url: `${base}${encodeURIComponent(id)}` };
}

/** One entry a flaw and statement about it, with all the packages that have it; undefined where nothing was matched. */
export function sbomVulnerabilities(report: ScanReport): SbomVulnerability[] | undefined {
  if (report.match === undefined) return undefined;
  const groups = new Map<string, { readonly found: Finding[]; readonly analysis: SbomVulnerability["analysis"] }>();
  for (const finding of report.match.findings) {
    // What settles it; else the newest of what is said, which settles nothing.
    const analysis = analysisOf(
      finding.suppressed ?? finding.statements.find(({ status }) => status !== "not_affected" && status !== "fixed"),
    );
    const key = JSON.stringify([finding.id, finding.suppressed !== undefined, finding.vulnerableCode, analysis]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { found: [finding], analysis });
    else group.found.push(finding);
  }
  return [...groups.values()].flatMap(({ found, analysis }) => {
    const [first] = found;
    return first === undefined ? [] : [vulnerability(first, found, analysis)];
  });
}

function vulnerability(
  first: Finding,
  found: readonly Finding[],
  analysis: SbomVulnerability["analysis"],
): SbomVulnerability {
  const { id, summary, published, exploited, kind, sources } = first;
  const fixes = found.flatMap((f) =>
    f.fix.state === "available" && f.fix.version !== undefined ? [`${f.package.name} ${f.fix.version}`] : [],
  );
  const others = [...new Set(found.flatMap((f) => f.ids))].filter((other) => other !== id);
  const advisories = [...new Set(found.flatMap((f) => (f.url === undefined || !URL.canParse(f.url) ? [] : [f.url])))];
  const properties = [
    ...(kind === "malicious" ? [{ name: "bulkhead:malicious", value: "true" }] : []),
    ...(exploited === undefined ? [] : [{ name: "bulkhead:exploited:since", value: exploited.added }]),
    ...(first.vulnerableCode === undefined ? [] : [{ name: "bulkhead:vulnerableCode", value: first.vulnerableCode }]),
    ...sources.map((value) => ({ name: "bulkhead:source", value })),
  ];
  return {
    id,
    source: sourceOf(id),
    ...(others.length === 0 ? {} : { references: others.map((other) => ({ id: other, source: sourceOf(other) })) }),
    ratings: ratingsOf(first),
    ...(summary === "" ? {} : { description: summary }),
    ...(kind === "malicious"
      ? { recommendation: "Remove it." }
      : fixes.length === 0
        ? {}
        : { recommendation: `Update to ${[...new Set(fixes)].join(", ")}.` }),
    ...(advisories.length === 0 ? {} : { advisories: advisories.map((each) => ({ url: each })) }),
    ...(published === undefined ? {} : { published: new Date(published).toISOString() }),
    ...(analysis === undefined ? {} : { analysis }),
    ...(properties.length === 0 ? {} : { properties }),
    affects: found.map((f) => f.package),
    ...(first.suppressed === undefined ? {} : { status: "unaffected" as const }),
  };
}
