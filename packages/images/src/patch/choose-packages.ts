import { compareVersions } from "../versions/compare.ts";
import type { WantedFix } from "./patch-plan.ts";
import {
  answers,
  type Dependency,
  type Provider,
  type Relation,
  relationText,
  type VersionScheme,
} from "./relations.ts";

/** A package, installed or offered, with what it asks of others; undefined where that cannot be read. */
export interface Choosable extends Provider {
  readonly architecture: string;
  readonly source: { readonly name: string; readonly version: string };
  readonly needs: readonly Dependency[] | undefined;
  /** What it does not go with. */
  readonly against: readonly Relation[] | undefined;
  /** Of what is installed: why it is to stay as it is. */
  readonly kept?: string;
}

export interface ChosenPackage<Installed extends Choosable, Offered extends Choosable> {
  readonly installed: Installed;
  readonly offered: Offered;
  readonly fixes: readonly WantedFix[];
  readonly neededBy?: string;
}

export interface Choosing<Installed extends Choosable, Offered extends Choosable> {
  readonly scheme: VersionScheme;
  readonly architecture: string;
  readonly installed: readonly Installed[];
  /** The newest of each name. */
  readonly offered: ReadonlyMap<string, Offered>;
  readonly wanted: readonly WantedFix[];
  /** Packages that are not to be touched, and why. */
  readonly barred: ReadonlyMap<string, string>;
}

export interface Chosen<Installed extends Choosable, Offered extends Choosable> {
  readonly upgrades: readonly ChosenPackage<Installed, Offered>[];
  /** Why flawed packages stay as they are, by name. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The newest of each name; of the same version the one that was offered first. */
export function newestOf<Offered extends Choosable>(
  offered: readonly Offered[],
  scheme: VersionScheme,
): ReadonlyMap<string, Offered> {
  const newest = new Map<string, Offered>();
  for (const one of offered) {
    const before = newest.get(one.name);
    if (before === undefined || compareVersions(scheme, before.version, one.version) === -1) newest.set(one.name, one);
  }
  return newest;
}

/**
 * Pure. Which packages are put in place of which: those of a flawed source that the repository has newer, with what they
 * need. Nothing new is installed and nothing removed; what would need that is refused with its reason.
 */
export function choosePackages<I extends Choosable, O extends Choosable>(choosing: Choosing<I, O>): Chosen<I, O> {
  const refused = new Map(choosing.barred);
  for (;;) {
    const upgrades = settle(choosing, refused);
    if (upgrades !== undefined) return { upgrades, refused };
  }
}

/** What a package would be with the upgrades in place. */
type After = ReadonlyMap<string, Provider>;

/** Architectures of packages that go with every one. */
const everywhere = new Set(["all", "noarch"]);

/** One attempt; undefined where a package was refused on the way. */
function settle<I extends Choosable, O extends Choosable>(
  { scheme, architecture, installed, offered, wanted, barred }: Choosing<I, O>,
  refused: Map<string, string>,
): readonly ChosenPackage<I, O>[] | undefined {
  const byName = new Map(installed.map((one) => [one.name, one]));
  const upgrades = new Map<string, ChosenPackage<I, O>>();
  const newer = (to: O, { version }: I): boolean => compareVersions(scheme, to.version, version) === 1;
  const fits = (one: I): boolean => one.architecture === architecture || everywhere.has(one.architecture);
  const met = (need: Dependency, providers: Iterable<Provider>): boolean => {
    for (const provider of providers) if (need.some((relation) => answers(provider, relation, scheme))) return true;
    return false;
  };
  /** Nothing of these names is there, of whatever version. */
  const absent = (need: Dependency, providers: readonly Provider[]): boolean =>
    need.every(({ name }) => !met([{ name }], providers));
  /** Answers whether it can be done. */
  const take = (one: I, neededBy: string | undefined): boolean => {
    if (upgrades.has(one.name)) return true;
    const candidate = offered.get(one.name);
    if (candidate === undefined || refused.has(one.name) || !newer(candidate, one)) return false;
    if (!fits(one) || one.kept !== undefined) return false;
    const fixes = mended(candidate, one, wanted, scheme);
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
    if (!fits(one))
      return refuse(one.name, `it is of the architecture ${one.architecture}, the image of ${architecture}`);
    if (one.kept !== undefined) return refuse(one.name, one.kept);
    if (candidate === undefined) return refuse(one.name, "the repository has no such package");
    if (!newer(candidate, one))
      return refuse(one.name, `the repository has ${candidate.version}, which is no newer than ${one.version}`);
    if (mended(candidate, one, wanted, scheme).length === 0)
      return refuse(one.name, `the repository has ${candidate.version}, the fix is ${fixes[0]?.fixedVersion ?? ""}`);
    take(one, undefined);
  }

  for (let before = -1; before !== upgrades.size; ) {
    before = upgrades.size;
    const after: After = new Map(
      installed.map((one): readonly [string, Provider] => {
        const to = upgrades.get(one.name)?.offered;
        if (to === undefined) return [one.name, one];
        return [one.name, to];
      }),
    );
    for (const one of installed) {
      const upgrade = upgrades.get(one.name);
      const { needs, against: hurts } = upgrade?.offered ?? one;
      if (needs === undefined || hurts === undefined) {
        if (upgrade !== undefined) return refuse(one.name, "its dependencies cannot be read");
        continue;
      }
      const had = upgrade === undefined ? needs : (one.needs ?? []);
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
          return other !== undefined && candidate !== undefined && met(need, [candidate]) && take(other, one.name);
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
          if (other.name === one.name || !answers(other, relation, scheme)) continue;
          const was = byName.get(other.name);
          const stood = upgrade === undefined && was !== undefined && answers(was, relation, scheme);
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

const mended = (to: Choosable, one: Choosable, wanted: readonly WantedFix[], scheme: VersionScheme): WantedFix[] =>
  wanted.filter(({ source, fixedVersion }) => {
    const order = compareVersions(scheme, to.source.version, fixedVersion);
    return source === one.source.name && (order === 0 || order === 1);
  });

const sameNames = (a: Dependency, b: Dependency): boolean =>
  a.some(({ name }) => b.some((other) => other.name === name));
