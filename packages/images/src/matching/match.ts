import type { AdvisoryDatabase } from "../advisories/advisory-database.ts";
import { ageOf, type SourceAge, type SourceKind } from "../advisories/source-state.ts";
import type { Distribution, Inventory, Package } from "../inventory.ts";
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
  readonly place: PackagePlace;
  readonly flaws: PackageFlaws | undefined;
}

/** Nobody's statements. */
export const noVex: VexOptions = { statements: [], honoured: [] };

export function createMatcher(database: AdvisoryDatabase): Matcher {
  const known = new Map<string, Known>();
  let generation: number | undefined;
  let ages: { now: number; sources: readonly SourceAge[] } | undefined;
  let fixesOnly: ReadonlySet<string> = new Set();
  const sourcesOfScope = new Map<string, readonly string[]>();
  const indexes = new WeakMap<VexOptions["statements"], VexIndex>();

  const refresh = (now: number): void => {
    const current = database.generation();
    if (current !== generation) {
      known.clear();
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
    const { ecosystem, name, version, source, modularity, ownedBy, thirdParty, vendor } = about;
    // What decides: two packages alike in this have the same flaws in whatever image.
    const key = `${ecosystem}\n${name}\n${version}\n${about.release ?? release}\n${source?.name ?? ""}\n${source?.version ?? ""}\n${modularity ?? ""}\n${ownedBy === undefined ? "" : 1}${thirdParty ?? ""}\n${ecosystem === "rpm" ? (vendor ?? "") : ""}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const place = placeOf(about, distribution);
    const made: Known = {
      place,
      flaws: place.place === "queries" ? flawsOf(database, place.queries, modularity) : undefined,
    };
    if (known.size >= rememberedPackages) known.clear();
    known.set(key, made);
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

  const matchNow = ({ distribution, packages }: Inventory, vex: VexOptions, now: number): MatchResult => {
    refresh(now);
    const sources = ages?.sources ?? [];
    const index = indexOf(vex.statements);
    const findings: Finding[] = [];
    const undecided: Undecided[] = [];
    const thirdParty: Package[] = [];
    const counts = new Map<string, number>();
    const count = (scope: string): void => void counts.set(scope, (counts.get(scope) ?? 0) + 1);
    const add = (flaw: Omit<Finding, "statements" | "suppressed">): void => {
      const said = applyVex(index, vex, flaw.ids, flaw.package);
      findings.push({ ...flaw, ...said });
    };
    // One string for the distribution: it decides the scope of OS packages.
    const release = distribution === undefined ? "" : JSON.stringify(distribution);
    let ownedByDistribution = 0;
    let kernelHeaders = 0;
    for (const each of packages) {
      const { place, flaws } = knownOf(each, distribution, release);
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
        case "runtime": {
          const lifecycle = runtimeLifecycle(database, each.name, each.version, now);
          if (lifecycle.state === "ended" || lifecycle.state === "extended") add(endOfLifeFinding(each, lifecycle));
          break;
        }
        case "queries":
          count(place.scope);
          for (const flaw of flaws?.flaws ?? []) add({ ...flaw, package: each });
          for (const open of flaws?.undecided ?? []) undecided.push({ ...open, package: each });
          break;
      }
    }
    if (distribution !== undefined) {
      const lifecycle = distributionLifecycle(database, distribution, now);
      if (lifecycle.state === "ended" || lifecycle.state === "extended")
        add(endOfLifeFinding(distributionPackage(distribution), lifecycle));
    }
    const coverage = [...counts].map(([scope, packageCount]) =>
      coverageOf(scope, packageCount, sourcesOf(scope), sources, fixesOnly),
    );
    findings.sort(worstFirst);
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

function endOfLifeFinding(
  about: Package,
  { product, cycle, since, extendedUntil }: Extract<LifecycleVerdict, { state: "ended" | "extended" }>,
): Omit<Finding, "statements" | "suppressed"> {
  const id = `END-OF-LIFE:${product}:${cycle}`;
  const ended = since === undefined ? "no longer gets ordinary support" : `left ordinary support on ${since}`;
  return {
    kind: "end-of-life",
    id,
    ids: [id],
    package: about,
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

const kindRank = { malicious: 0, vulnerability: 1, "end-of-life": 2, update: 3 } as const;

/** Malicious, then exploited, then by severity and EPSS; what is settled last. */
function worstFirst(a: Finding, b: Finding): number {
  return (
    Number(a.suppressed !== undefined) - Number(b.suppressed !== undefined) ||
    Number(b.kind === "malicious") - Number(a.kind === "malicious") ||
    Number(b.exploited !== undefined) - Number(a.exploited !== undefined) ||
    rankOf(b.severity.level) - rankOf(a.severity.level) ||
    (b.epss?.score ?? 0) - (a.epss?.score ?? 0) ||
    kindRank[a.kind] - kindRank[b.kind] ||
    (a.package.name < b.package.name
      ? -1
      : a.package.name > b.package.name
        ? 1
        : a.id < b.id
          ? -1
          : a.id > b.id
            ? 1
            : 0)
  );
}
