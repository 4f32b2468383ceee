import type { AdvisoryDatabase } from "../advisories/advisory-database.ts";
import { ageOf, type SourceAge, type SourceKind } from "../advisories/source-state.ts";
import { type Distribution, type Inventory, type Package, releaseOf } from "../inventory.ts";
import { type GoImport, type LinksAny, openGoFunctions } from "../packages/go-functions.ts";
import { applyVex, indexVex, type VexIndex, type VexOptions } from "./apply-vex.ts";
import { distributionLifecycle, type LifecycleVerdict, runtimeLifecycle } from "./end-of-life.ts";
import type { EcosystemCoverage, Finding, MatchResult, Undecided } from "./finding.ts";
import { flawsOf, type PackageFlaws, rankOf } from "./package-flaws.ts";
import { type PackagePlace, placeOf } from "./package-scope.ts";

/** Matches inventories against a database; remembers what it found for a package until the advisories change. */
export interface Matcher {
  match(inventory: Inventory, vex: VexOptions, now: number): MatchResult;
}

/** Packages whose flaws are remembered: a thousand images seldom have more between them. */
const rememberedPackages = 200_000;

/** Sources that say what was mended, never what was not. */
const namesFixesOnly: ReadonlySet<SourceKind> = new Set(["debian-suite", "alpine-secdb"]);

interface Known {
  /** The first package of the kind, and the release of the image it was in. */
  readonly about: Package;
  readonly release: string;
  readonly place: PackagePlace;
  readonly flaws: PackageFlaws | undefined;
  /** Of each flaw, how far down it stands in a list. */
  readonly ranks: readonly number[];
}

/** A finding before anyone has said anything about it. */
type Unsaid = Omit<Finding, "statements" | "suppressed" | "settledBy" | "vulnerableCode" | "package">;

interface Ranked {
  readonly rank: number;
  readonly finding: Finding;
}

/** Whether two packages of one name have the same flaws, in whatever images of one release. */
const isAlike = (a: Package, b: Package): boolean =>
  a.version === b.version &&
  a.ecosystem === b.ecosystem &&
  a.release === b.release &&
  a.source?.name === b.source?.name &&
  a.source?.version === b.source?.version &&
  a.modularity === b.modularity &&
  a.thirdParty === b.thirdParty &&
  (a.ownedBy === undefined) === (b.ownedBy === undefined) &&
  (a.ecosystem !== "rpm" || a.vendor === b.vendor);

/** Nobody's statements. */
export const noVex: VexOptions = { statements: [], honoured: [] };

export function createMatcher(database: AdvisoryDatabase): Matcher {
  const known = new Map<string, Known[]>();
  let remembered = 0;
  let generation: number | undefined;
  let ages: { now: number; sources: readonly SourceAge[] } | undefined;
  let fixesOnly: ReadonlySet<string> = new Set();
  const sourcesOfScope = new Map<string, readonly string[]>();
  const indexes = new WeakMap<VexOptions["statements"], VexIndex>();

  const refresh = (now: number): void => {
    const current = database.generation();
    if (current !== generation) {
      known.clear();
      remembered = 0;
      sourcesOfScope.clear();
      ages = undefined;
      generation = current;
    }
    if (ages?.now === now) return;
    const states = database.sources();
    ages = { now, sources: states.map((source) => ageOf(source, now)) };
    fixesOnly = new Set(states.filter(({ kind }) => namesFixesOnly.has(kind)).map(({ name }) => name));
  };

  const knownOf = (about: Package, distribution: Distribution | undefined, release: string): Known => {
    let list = known.get(about.name);
    if (list === undefined) {
      list = [];
      known.set(about.name, list);
    }
    for (const each of list) if (each.release === release && isAlike(each.about, about)) return each;
    const place = placeOf(about, distribution);
    const flaws = place.place === "queries" ? flawsOf(database, place.queries, about.modularity) : undefined;
    const made: Known = { about, release, place, flaws, ranks: flaws?.flaws.map(rankOfFlaw) ?? [] };
    if (++remembered > rememberedPackages) {
      known.clear();
      remembered = 1;
      known.set(about.name, [made]);
    } else list.push(made);
    return made;
  };

  const indexOf = (statements: VexOptions["statements"]): VexIndex => {
    const before = indexes.get(statements);
    if (before !== undefined) return before;
    const index = indexVex(statements);
    indexes.set(statements, index);
    return index;
  };

  const sourcesOf = (scope: string): readonly string[] => {
    const before = sourcesOfScope.get(scope);
    if (before !== undefined) return before;
    const sources = database.sourcesOf(scope);
    sourcesOfScope.set(scope, sources);
    return sources;
  };

  const matchNow = ({ distribution, packages, goFunctions }: Inventory, vex: VexOptions, now: number): MatchResult => {
    refresh(now);
    const sources = ages?.sources ?? [];
    const index = indexOf(vex.statements);
    const ranked: Ranked[] = [];
    const undecided: Undecided[] = [];
    const thirdParty: Package[] = [];
    const counts = new Map<string, number>();
    const count = (scope: string): void => void counts.set(scope, (counts.get(scope) ?? 0) + 1);
    const codeOf = codeIn(goFunctions);
    const add = (flaw: Unsaid, about: Package, rank: number, imports: readonly GoImport[] = []): void => {
      const said = index.size === 0 ? unsaid : applyVex(index, vex, flaw.ids, about);
      const code = imports.length === 0 ? undefined : codeOf(about, imports);
      // What is loaded without the flaw in it is no nearer than what is not.
      const near = about.inUse === true && code !== "not-linked";
      ranked.push({
        rank:
          rank + ("suppressed" in said ? settled : 0) + (near ? 0 : unseen) + (code === "not-linked" ? unlinked : 0),
        finding: { ...flaw, package: about, ...(code === undefined ? {} : { vulnerableCode: code }), ...said },
      });
    };
    const addEndOfLife = (about: Package, lifecycle: LifecycleVerdict): void => {
      if (lifecycle.state !== "ended" && lifecycle.state !== "extended") return;
      const finding = endOfLifeFinding(lifecycle);
      add(finding, about, rankOfFlaw(finding));
    };
    const release = distribution === undefined ? "" : (releaseOf(distribution) ?? "");
    let ownedByDistribution = 0;
    let kernelHeaders = 0;
    for (const each of packages) {
      const { place, flaws, ranks } = knownOf(each, distribution, release);
      switch (place.place) {
        case "owned":
          ownedByDistribution++;
          break;
        case "kernel-headers":
          kernelHeaders++;
          break;
        case "third-party":
          thirdParty.push(each);
          break;
        case "unknown":
          count(place.scope);
          break;
        case "runtime":
          addEndOfLife(each, runtimeLifecycle(database, each.name, each.version, now));
          break;
        case "queries":
          count(place.scope);
          flaws?.flaws.forEach((flaw, i) => add(flaw, each, ranks[i] ?? 0, flaws.imports[i]));
          for (const open of flaws?.undecided ?? []) undecided.push({ ...open, package: each });
          break;
      }
    }
    if (distribution !== undefined)
      addEndOfLife(distributionPackage(distribution), distributionLifecycle(database, distribution, now));
    const coverage = [...counts].map(([scope, packageCount]) =>
      coverageOf(scope, packageCount, sourcesOf(scope), sources, fixesOnly),
    );
    const findings = ranked.sort(worstFirst).map(({ finding }) => finding);
    return { findings, undecided, coverage, sources, ownedByDistribution, kernelHeaders, thirdParty };
  };

  return { match: (inventory, vex, now) => database.snapshot(() => matchNow(inventory, vex, now)) };
}

/** Matches one inventory. For many, or again and again, createMatcher remembers what this one forgets. */
export const match = (inventory: Inventory, database: AdvisoryDatabase, vex: VexOptions, now: number): MatchResult =>
  createMatcher(database).match(inventory, vex, now);

function coverageOf(
  scope: string,
  packages: number,
  names: readonly string[],
  ages: readonly SourceAge[],
  fixesOnly: ReadonlySet<string>,
): EcosystemCoverage {
  const stale = names.some((name) => ages.find((age) => age.name === name)?.stale !== undefined);
  return {
    scope,
    packages,
    sources: names,
    verdict: names.length === 0 ? "unknown" : stale ? "stale" : "covered",
    ...(names.length > 0 && names.every((name) => fixesOnly.has(name)) ? { fixesOnly: true } : {}),
  };
}

const distributionPackage = ({ id, versionId, prettyName, codename }: Distribution): Package => ({
  ecosystem: "unknown",
  name: id,
  version: versionId ?? codename ?? prettyName ?? "",
  paths: ["etc/os-release"],
});

function endOfLifeFinding({
  product,
  cycle,
  since,
  extendedUntil,
}: Extract<LifecycleVerdict, { state: "ended" | "extended" }>): Omit<
  Finding,
  "statements" | "suppressed" | "settledBy" | "package"
> {
  const id = `END-OF-LIFE:${product}:${cycle}`;
  const ended = since === undefined ? "no longer gets ordinary support" : `left ordinary support on ${since}`;
  return {
    kind: "end-of-life",
    id,
    ids: [id],
    severity: { level: "unknown", basis: "none" },
    fix: { state: "end-of-life" },
    summary: `${product} ${cycle} ${ended}${extendedUntil === undefined ? "" : `; extended support goes on to ${extendedUntil}`}`,
    sources: ["endoflife"],
    url: `https://endoflife.date/${product}`,
    endOfLife: {
      product,
      cycle,
      ...(since === undefined ? {} : { since }),
      ...(extendedUntil === undefined ? {} : { extendedUntil }),
    },
  };
}

/** Paths of one package that an inventory holds. */
const mostPaths = 50;

/** Tells of a Go module whether functions of it are linked: in one program of it, or in none. */
function codeIn(
  functions: Inventory["goFunctions"] = {},
): (about: Package, imports: readonly GoImport[]) => Finding["vulnerableCode"] {
  const programs = new Map<string, LinksAny | undefined>();
  const open = (path: string): LinksAny | undefined => {
    if (!programs.has(path)) {
      const of = Object.hasOwn(functions, path) ? functions[path] : undefined;
      programs.set(path, of === undefined ? undefined : openGoFunctions(of));
    }
    return programs.get(path);
  };
  return ({ name, paths }, imports) => {
    const linked = paths.map((path) => open(path)?.(name, imports));
    if (linked.includes(true)) return "linked";
    // One program of which nothing is known leaves it open; a list of paths that was cut leaves out some.
    return linked.includes(undefined) || paths.length === 0 || paths.length >= mostPaths ? undefined : "not-linked";
  };
}

const unsaid = { statements: [] } as const;
const kindRank = { malicious: 0, vulnerability: 1, "end-of-life": 2, update: 3 } as const;
/** Farther down than any rank. */
const settled = 10_000;
/** Within a severity, what a container has loaded comes first. */
const unseen = 3.2;
/** And what is not even linked, last. */
const unlinked = 3.2;

/** Malicious first, then exploited, then by severity, EPSS and kind. */
const rankOfFlaw = ({ kind, exploited, severity, epss }: Unsaid): number =>
  (kind === "malicious" ? 0 : 1000) +
  (exploited === undefined ? 100 : 0) +
  (rankOf("critical") - rankOf(severity.level)) * 10 +
  (1 - (epss?.score ?? 0)) * 3 +
  kindRank[kind] / 1000;

/** Of one rank, by name. */
function worstFirst(a: Ranked, b: Ranked): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const [left, right] = [a.finding.package.name, b.finding.package.name];
  if (left !== right) return left < right ? -1 : 1;
  return a.finding.id < b.finding.id ? -1 : a.finding.id > b.finding.id ? 1 : 0;
}
