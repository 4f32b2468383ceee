import { compareVersions } from "../versions/compare.ts";

/** One alternative of a dependency: `libc6 (>= 2.36)`. */
export interface Relation {
  readonly name: string;
  readonly bound?: { readonly operator: "<<" | "<=" | "=" | ">=" | ">>"; readonly version: string };
}

/** A dependency: any one of its alternatives is enough. */
export type Dependency = readonly Relation[];

const form = /^([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>)\s*([^\s)]+)\s*\))?\s*$/;

/** A field like `Depends`; undefined where it cannot be read (deb-control(5), of binary packages). */
export function parseRelations(value: string | undefined): readonly Dependency[] | undefined {
  const found: Dependency[] = [];
  for (const part of (value ?? "").split(",")) {
    if (part.trim() === "") continue;
    const alternatives: Relation[] = [];
    for (const text of part.split("|")) {
      const match = form.exec(text.trim());
      if (match?.[1] === undefined) return undefined;
      const operator = match[2] as "<<" | "<=" | "=" | ">=" | ">>" | undefined;
      const version = match[3];
      alternatives.push({
        name: match[1],
        ...(operator === undefined || version === undefined ? {} : { bound: { operator, version } }),
      });
    }
    found.push(alternatives);
  }
  return found;
}

/** Whether a version is within a relation's bound; one that cannot be compared is not. */
export function within(version: string, bound: Relation["bound"]): boolean {
  if (bound === undefined) return true;
  const order = compareVersions("dpkg", version, bound.version);
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
  }
}

/** What stands for a name: packages with their versions, and what they provide. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  readonly provides: readonly Relation[];
}

/** Whether a package answers a relation: by its own name and version, or by what it provides (a version only with `=`). */
export function answers(provider: Provider, { name, bound }: Relation): boolean {
  if (provider.name === name) return within(provider.version, bound);
  return provider.provides.some(
    (given) =>
      given.name === name && (bound === undefined || (given.bound !== undefined && within(given.bound.version, bound))),
  );
}

export const relationText = ({ name, bound }: Relation): string =>
  bound === undefined ? name : `${name} (${bound.operator} ${bound.version})`;
