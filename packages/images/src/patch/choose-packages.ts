import { compareVersions } from "../versions/compare.ts";
import type { OfferedPackage } from "./apt-index.ts";
import { answers, type Dependency, type Provider, parseRelations, relationText } from "./debian-relations.ts";
import { fieldOf, type Stanza } from "./debian-stanza.ts";
import { type DpkgPackage, sourceOf } from "./dpkg-database.ts";
import type { WantedFix } from "./patch-plan.ts";

export interface ChosenPackage {
  readonly installed: DpkgPackage;
  readonly offered: OfferedPackage;
  readonly fixes: readonly WantedFix[];
  readonly neededBy?: string;
}

export interface Choosing {
  readonly architecture: string;
  readonly installed: readonly DpkgPackage[];
  /** The newest of each name. */
  readonly offered: ReadonlyMap<string, OfferedPackage>;
  readonly wanted: readonly WantedFix[];
  /** Packages that are not to be touched, and why. */
  readonly barred: ReadonlyMap<string, string>;
}

export interface Chosen {
  readonly upgrades: readonly ChosenPackage[];
  /** Why flawed packages stay as they are, by name. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Pure. Which packages are put in place of which: those of a flawed source that the repository has newer, with what they
 * need. Nothing new is installed and nothing removed; what would need that is refused with its reason.
 */
export function choosePackages(choosing: Choosing): Chosen {
  const refused = new Map(choosing.barred);
  for (;;) {
    const upgrades = settle(choosing, refused);
    if (upgrades !== undefined) return { upgrades, refused };
  }
}

/** What a package would be with the upgrades in place. */
type After = ReadonlyMap<string, Provider>;

const newer = (offered: OfferedPackage, { version }: DpkgPackage): boolean =>
  compareVersions("dpkg", offered.version, version) === 1;

/** One attempt; undefined where a package was refused on the way. */
function settle(
  { architecture, installed, offered, wanted, barred }: Choosing,
  refused: Map<string, string>,
): readonly ChosenPackage[] | undefined {
  const byName = new Map(installed.map((one) => [one.name, one]));
  const upgrades = new Map<string, ChosenPackage>();
  /** Answers whether it can be done. */
  const take = (one: DpkgPackage, neededBy: string | undefined): boolean => {
    if (upgrades.has(one.name)) return true;
    const candidate = offered.get(one.name);
    if (candidate === undefined || refused.has(one.name) || !newer(candidate, one)) return false;
    if (one.architecture !== architecture && one.architecture !== "all") return false;
    const fixes = mended(candidate, one, wanted);
    upgrades.set(one.name, {
      installed: one,
      offered: candidate,
      fixes,
      ...(neededBy === undefined ? {} : { neededBy }),
    });
    return true;
  };
  const refuse = (name: string, reason: string): undefined => {
    refused.set(name, reason);
    return undefined;
  };

  for (const one of installed) {
    const fixes = wanted.filter(({ source }) => source === one.source.name);
    if (fixes.length === 0 || refused.has(one.name)) continue;
    const candidate = offered.get(one.name);
    if (one.architecture !== architecture && one.architecture !== "all")
      return refuse(one.name, `it is of the architecture ${one.architecture}, the image of ${architecture}`);
    if (one.status?.startsWith("hold ") === true) return refuse(one.name, "it is on hold in the image");
    if (candidate === undefined) return refuse(one.name, "the repository has no such package");
    if (!newer(candidate, one))
      return refuse(one.name, `the repository has ${candidate.version}, which is no newer than ${one.version}`);
    if (mended(candidate, one, wanted).length === 0)
      return refuse(one.name, `the repository has ${candidate.version}, the fix is ${fixes[0]?.fixedVersion ?? ""}`);
    take(one, undefined);
  }

  for (let before = -1; before !== upgrades.size; ) {
    before = upgrades.size;
    const after: After = new Map(
      installed.map((one): readonly [string, Provider] => {
        const to = upgrades.get(one.name)?.offered;
        if (to === undefined) return [one.name, one];
        const provides = (parseRelations(fieldOf(to.stanza, "provides")) ?? []).flat();
        return [one.name, { name: to.name, version: to.version, provides }];
      }),
    );
    for (const one of installed) {
      const upgrade = upgrades.get(one.name);
      const stanza = upgrade?.offered.stanza ?? one.stanza;
      const needs = dependencies(stanza);
      const hurts = against(stanza);
      if (needs === undefined || hurts === undefined) {
        if (upgrade !== undefined) return refuse(one.name, "its dependencies cannot be read");
        continue;
      }
      const had = upgrade === undefined ? needs : (dependencies(one.stanza) ?? []);
      for (const need of needs) {
        if (met(need, after.values())) continue;
        // What the base lacks already, it goes on lacking.
        if (
          upgrade === undefined
            ? !met(need, installed)
            : had.some((old) => sameNames(old, need) && absent(old, installed))
        )
          continue;
        const helps = need.some(({ name }) => {
          const other = byName.get(name);
          const candidate = offered.get(name);
          return (
            other !== undefined &&
            candidate !== undefined &&
            met(need, [providerOf(candidate)]) &&
            take(other, one.name)
          );
        });
        if (helps) continue;
        const says = need.map(relationText).join(" | ");
        if (upgrade !== undefined) return refuse(one.name, `it needs ${says}, which the image does not have`);
        // An unchanged package needs an older one: it comes along, or that one stays.
        if (take(one, need[0]?.name ?? "")) continue;
        const culprit = need.find(({ name }) => upgrades.has(name))?.name;
        if (culprit !== undefined) return refuse(culprit, `${one.name} in the image needs ${says}`);
      }
      for (const relation of hurts) {
        for (const other of after.values()) {
          if (other.name === one.name || !answers(other, relation)) continue;
          const was = byName.get(other.name);
          const stood = upgrade === undefined && was !== undefined && answers(was, relation);
          if (stood || was === undefined) continue;
          if (!upgrades.has(other.name) && take(was, one.name)) continue;
          const name = upgrade === undefined ? other.name : one.name;
          return refuse(name, `${one.name} does not go with ${other.name} ${other.version}`);
        }
      }
    }
  }
  for (const { installed: one } of upgrades.values())
    if (barred.has(one.name)) return refuse(one.name, barred.get(one.name) ?? "");
  return [...upgrades.values()].sort((a, b) => (a.installed.name < b.installed.name ? -1 : 1));
}

const mended = (to: OfferedPackage, one: DpkgPackage, wanted: readonly WantedFix[]): WantedFix[] => {
  const { version } = sourceOf(to.stanza);
  return wanted.filter(({ source, fixedVersion }) => {
    const order = compareVersions("dpkg", version, fixedVersion);
    return source === one.source.name && (order === 0 || order === 1);
  });
};

const providerOf = (offered: OfferedPackage): Provider => ({
  name: offered.name,
  version: offered.version,
  provides: (parseRelations(fieldOf(offered.stanza, "provides")) ?? []).flat(),
});

function dependencies(stanza: Stanza): readonly Dependency[] | undefined {
  const before = parseRelations(fieldOf(stanza, "pre-depends"));
  const needs = parseRelations(fieldOf(stanza, "depends"));
  return before === undefined || needs === undefined ? undefined : [...before, ...needs];
}

function against(stanza: Stanza): Dependency | undefined {
  const breaks = parseRelations(fieldOf(stanza, "breaks"));
  const conflicts = parseRelations(fieldOf(stanza, "conflicts"));
  return breaks === undefined || conflicts === undefined ? undefined : [...breaks.flat(), ...conflicts.flat()];
}

const met = (need: Dependency, providers: Iterable<Provider>): boolean => {
  for (const provider of providers) if (need.some((relation) => answers(provider, relation))) return true;
  return false;
};

/** Nothing of these names is there, of whatever version. */
const absent = (need: Dependency, providers: readonly Provider[]): boolean =>
  need.every(({ name }) => !met([{ name }], providers));

const sameNames = (a: Dependency, b: Dependency): boolean =>
  a.some(({ name }) => b.some((other) => other.name === name));
