import { type SeverityLevel, severityOfScore } from "../advisories/advisory.ts";
import type { AdvisoryDatabase, AdvisoryHead, FoundAdvisory } from "../advisories/advisory-database.ts";
import { holdsFor } from "../advisories/interval.ts";
import type { Package } from "../inventory.ts";
import type { GoImport } from "../packages/go-functions.ts";
import { type Comparison, compareRpmSourceVersions, compareVersions } from "../versions/compare.ts";
import type { Finding, Fix, Severity, Undecided } from "./finding.ts";
import type { PackageQuery } from "./package-scope.ts";

/** What is true of a package wherever it is installed: a finding without its image. */
type PackageFlaw = Omit<Finding, "package" | "statements" | "suppressed" | "settledBy" | "vulnerableCode">;

export interface PackageFlaws {
  readonly flaws: readonly PackageFlaw[];
  /** Of each flaw, the functions that it is in; empty: its advisories do not say. */
  readonly imports: readonly (readonly GoImport[])[];
  readonly undecided: readonly Omit<Undecided, "package">[];
}

/** One advisory that holds for the version at hand. */
interface Claim {
  readonly found: FoundAdvisory;
  /** The fix that this version lacks, by this advisory. */
  readonly fixed?: string;
  /** Names of the flaw by which claims are folded into one. */
  readonly names: readonly string[];
}

/** Everything that the advisories say of one version of one package. */
export function flawsOf(
  database: AdvisoryDatabase,
  queries: readonly PackageQuery[],
  modularity: Package["modularity"],
): PackageFlaws {
  const undecided: Omit<Undecided, "package">[] = [];
  const claims: (Claim & { query: PackageQuery })[] = [];
  const updates: (Claim & { query: PackageQuery })[] = [];
  for (const query of queries) {
    const compare = comparison(query);
    for (const found of database.lookup(query.scope, query.name)) {
      const verdict = judge(found, query.version, compare, modularity);
      if (verdict === false) continue;
      if (typeof verdict === "string") {
        undecided.push({ id: found.advisory.id, why: verdict });
        continue;
      }
      if (found.advisory.kind === "update") updates.push({ ...verdict, found, names: [found.advisory.id], query });
      else for (const names of namesOf(found.advisory)) claims.push({ ...verdict, found, names, query });
    }
  }
  const groups = fold(claims);
  const flaws = groups.map((group) => flawOf(database, group));
  const imports = groups.map((group) => group.flatMap(({ found }) => found.affected.imports ?? []));
  for (const update of updates) {
    // An update whose reason is known is no finding of its own.
    const compare = comparison(update.query);
    const explained = flaws.some(
      ({ fix }) =>
        fix.version !== undefined && update.fixed !== undefined && positive(compare(fix.version, update.fixed)),
    );
    if (!explained) flaws.push(flawOf(database, [update]));
  }
  return { flaws, imports, undecided };
}

const positive = (result: Comparison): boolean => typeof result === "number" && result >= 0;

type Compare = (a: string, b: string) => Comparison;

const comparison = ({ ecosystem, throughSource }: PackageQuery): Compare =>
  ecosystem === "rpm" && throughSource ? compareRpmSourceVersions : (a, b) => compareVersions(ecosystem, a, b);

/** Whether an advisory holds for a version, and with what fix; a string: why that cannot be said. */
function judge(
  { affected }: FoundAdvisory,
  version: string,
  compare: Compare,
  modularity: string | undefined,
): { readonly fixed?: string } | false | Undecided["why"] {
  const ofModule = inModule(affected, version, modularity);
  if (ofModule === false) return false;
  if (affected.versions.includes(version)) return fixAfter(affected, version, compare);
  let why: Undecided["why"] | undefined;
  for (const interval of affected.intervals) {
    const holds = holdsFor(compare, interval, version);
    if (holds === "undecided") {
      why =
        compare(version, version) === "no-order" || isUnordered(compare) ? "no-version-order" : "version-unparsable";
      continue;
    }
    if (!holds) continue;
    if (ofModule === "undecided") return "module-unknown";
    return interval.fixed === undefined ? {} : { fixed: interval.fixed };
  }
  return why ?? false;
}

const isUnordered = (compare: Compare): boolean => compare("1", "2") === "no-order";

/** A version that is listed singly is mended by the first fix above it. */
function fixAfter({ intervals }: FoundAdvisory["affected"], version: string, compare: Compare): { fixed?: string } {
  const above = intervals.flatMap(({ fixed }) => (fixed !== undefined && compare(fixed, version) === 1 ? [fixed] : []));
  const [first] = above.toSorted((a, b) => asNumber(compare(a, b)));
  return first === undefined ? {} : { fixed: first };
}

const asNumber = (result: Comparison): number => (typeof result === "number" ? result : 0);

/** A module's stream has versions of its own, which say nothing about another stream's or the ordinary package's. */
function inModule(
  { module, intervals }: FoundAdvisory["affected"],
  version: string,
  modularity: string | undefined,
): boolean | "undecided" {
  const modular = modularity !== undefined || version.includes(".module");
  if (module === undefined) {
    const fixes = intervals.flatMap(({ fixed }) => fixed ?? []);
    return fixes.length === 0 || fixes.some((fixed) => fixed.includes(".module") === modular);
  }
  if (!modular) return false;
  return modularity === undefined ? "undecided" : modularity === module || modularity.startsWith(`${module}:`);
}

const distributionPrefix = /^(?:DEBIAN|UBUNTU|ALPINE|openSUSE|SUSE|BELL|CGA)-(?=CVE-)/;

/** The flaws that an advisory speaks of, each by its names. */
function namesOf({ id, aliases, answers }: AdvisoryHead): (readonly string[])[] {
  if (answers.length > 0) return answers.map((flaw) => [flaw]);
  return [[id, ...aliases].map((name) => name.replace(distributionPrefix, ""))];
}

/** Claims that share a name are about the same flaw. */
function fold<C extends Claim>(claims: readonly C[]): C[][] {
  const groups: (C[] | undefined)[] = [];
  const byName = new Map<string, number>();
  for (const claim of claims) {
    const known = [...new Set(claim.names.flatMap((name) => byName.get(name) ?? []))];
    const [into = groups.push([]) - 1, ...others] = known;
    const group = groups[into] ?? [];
    for (const other of others) {
      group.push(...(groups[other] ?? []));
      groups[other] = undefined;
      for (const [name, at] of byName) if (at === other) byName.set(name, into);
    }
    group.push(claim);
    groups[into] = group;
    for (const name of claim.names) byName.set(name, into);
  }
  return groups.filter((group): group is C[] => group !== undefined);
}

function flawOf(database: AdvisoryDatabase, claims: readonly (Claim & { query: PackageQuery })[]): PackageFlaw {
  const names = new Set(claims.flatMap((claim) => claim.names));
  const ids = [...new Set([...names, ...claims.map(({ found }) => found.advisory.id)])];
  const id =
    ids.find((name) => name.startsWith("CVE-")) ?? ids.find((name) => name.startsWith("GHSA-")) ?? ids[0] ?? "";
  const heads = claims.map(({ found }) => found.advisory);
  const malicious = heads.find(({ kind }) => kind === "malicious");
  const first = malicious ?? heads.find(({ summary }) => summary !== "") ?? heads[0];
  const published = heads.flatMap((head) => head.published ?? []).sort((a, b) => a - b)[0];
  const cves = [...names].filter((name) => name.startsWith("CVE-"));
  const exploited = cves.map((cve) => database.exploited(cve)).find((each) => each !== undefined);
  const epss = cves.flatMap((cve) => database.epss(cve) ?? []).sort((a, b) => b.score - a.score)[0];
  return {
    kind: malicious === undefined ? (first?.kind ?? "vulnerability") : "malicious",
    id: malicious?.id ?? id,
    ids,
    severity: severityOf(claims, cves, database),
    fix: fixOf(database, claims),
    summary: first?.summary ?? "",
    sources: [...new Set(claims.map(({ found }) => found.source))],
    ...(first?.url === undefined ? {} : { url: first.url }),
    ...(published === undefined ? {} : { published }),
    ...(exploited === undefined ? {} : { exploited }),
    ...(epss === undefined ? {} : { epss }),
  };
}

const levels: readonly SeverityLevel[] = ["unknown", "negligible", "low", "medium", "high", "critical"];

/** How levels rank, for sorting and for floors. */
export const rankOf = (level: SeverityLevel): number => levels.indexOf(level);

const worse = (a: Severity, b: Severity): number =>
  rankOf(b.level) - rankOf(a.level) || (b.score ?? 0) - (a.score ?? 0);

/**
 * The distribution's own rating of this release first, then a vendor's of the flaw, then the advisory's CVSS vector,
 * then that of another advisory about the same CVE.
 */
function severityOf(
  claims: readonly Claim[],
  cves: readonly string[],
  database: Pick<AdvisoryDatabase, "scored">,
): Severity {
  const released = claims.flatMap(({ found: { affected, source } }): Severity[] =>
    affected.level === undefined ? [] : [{ level: affected.level, basis: "vendor", by: source }],
  );
  const rated = claims.flatMap(({ found: { advisory } }): Severity[] =>
    advisory.vendor === undefined ? [] : [{ level: advisory.vendor.level, basis: "vendor", by: advisory.vendor.by }],
  );
  const scored = claims.flatMap(({ found: { advisory, source } }): Severity[] => {
    if (advisory.cvss === undefined) return [];
    const { score, vector } = advisory.cvss;
    return [{ level: severityOfScore(score, vector), basis: "cvss", by: source, score, vector }];
  });
  const chosen = [released, rated, scored].find((each) => each.length > 0)?.toSorted(worse)[0];
  if (chosen === undefined) {
    const other = cves.map((cve) => database.scored(cve)).find((each) => each !== undefined);
    if (other === undefined) return { level: "unknown", basis: "none" };
    const { score, vector } = other.cvss;
    return { level: severityOfScore(score, vector), basis: "cvss", by: other.source, score, vector };
  }
  const [score] = scored.toSorted(worse);
  return chosen.basis === "cvss" || score?.score === undefined || score.vector === undefined
    ? chosen
    : { ...chosen, score: score.score, vector: score.vector };
}

/** The newest of several fixes: an older one leaves another advisory of the same flaw unanswered. */
function fixOf(database: AdvisoryDatabase, claims: readonly (Claim & { query: PackageQuery })[]): Fix {
  let best: (Claim & { query: PackageQuery; fixed: string }) | undefined;
  for (const claim of claims) {
    const { fixed } = claim;
    if (fixed === undefined) continue;
    if (best === undefined || asNumber(comparison(claim.query)(fixed, best.fixed)) > 0) best = { ...claim, fixed };
  }
  if (best === undefined) {
    const noFix = claims.map(({ found }) => found.affected.noFix).find((each) => each !== undefined);
    return { state: noFix ?? "none" };
  }
  const since = sinceOf(database, best);
  return { state: "available", version: best.fixed, ...(since === undefined ? {} : { since }) };
}

function sinceOf(
  database: AdvisoryDatabase,
  { found: { advisory }, fixed, query }: Claim & { query: PackageQuery; fixed: string },
): Fix["since"] {
  if (advisory.published !== undefined)
    return { at: advisory.published, basis: advisory.datesFix ? "erratum" : "advisory" };
  const at = database.fixSeen(query.scope, query.name, fixed);
  return at === undefined ? undefined : { at, basis: "first-seen" };
}
