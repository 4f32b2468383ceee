import { compareVersions } from "../versions/compare.ts";

/** Whose order of versions a bound is held against. */
export type VersionScheme = "dpkg" | "apk";

/** One alternative of a dependency: `libc6 (>= 2.36)`. `~` is apk's: that version, or one that begins with it. */
export interface Relation {
  readonly name: string;
  readonly bound?: { readonly operator: "<<" | "<=" | "=" | ">=" | ">>" | "~"; readonly version: string };
}

/** A dependency: any one of its alternatives is enough. */
export type Dependency = readonly Relation[];

/** Whether a version is within a relation's bound; one that cannot be compared is not. */
export function within(version: string, bound: Relation["bound"], scheme: VersionScheme): boolean {
  if (bound === undefined) return true;
  const order = compareVersions(scheme, version, bound.version);
  switch (bound.operator) {
    case "<<":
      return order === -1;
    case "<=":
      return order === -1 || order === 0;
    case "=":
      return order === 0;
    case ">=":
      return order === 0 || order === 1;
    case ">>":
      return order === 1;
    case "~":
      return version.startsWith(bound.version) && !/^\d/.test(version.slice(bound.version.length));
  }
}

/** What stands for a name: packages with their versions, and what they provide. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  readonly provides: readonly Relation[];
}

/** Whether a package answers a relation: by its own name and version, or by what it provides (a version only with `=`). */
export function answers(provider: Provider, { name, bound }: Relation, scheme: VersionScheme): boolean {
  if (provider.name === name) return within(provider.version, bound, scheme);
  return provider.provides.some(
    (given) =>
      given.name === name &&
      (bound === undefined || (given.bound !== undefined && within(given.bound.version, bound, scheme))),
  );
}

export const relationText = ({ name, bound }: Relation): string =>
  bound === undefined ? name : `${name} (${bound.operator} ${bound.version})`;
