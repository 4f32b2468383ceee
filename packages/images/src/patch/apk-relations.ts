import type { Dependency, Relation } from "./relations.ts";

/** What a package asks for and what it does not go with, both in one list of apk's. */
export interface ApkDependencies {
  readonly needs: readonly Dependency[];
  readonly against: readonly Relation[];
  /** Names that are asked for as one very package (`name><Q1…`). */
  readonly pinned: readonly string[];
}

const form = /^(!?)([^\s=<>~@!][^\s=<>~@]*)(?:@[^\s=<>~]+)?(?:(=~|~=|~|>=|<=|><|=|<|>)([0-9A-Za-z][^\s@]*))?(?:@\S+)?$/;
const operators = { "=": "=", "<": "<<", ">": ">>", "<=": "<=", ">=": ">=", "~": "~", "=~": "~", "~=": "~" } as const;

function relation(name: string, operator: string | undefined, version: string | undefined): Relation {
  if (operator === undefined || version === undefined) return { name };
  return { name, bound: { operator: operators[operator as keyof typeof operators], version } };
}

/** A list like `D:` or `etc/apk/world`; undefined where it cannot be read (apk-package(5), apk-world(5)). */
export function parseApkDependencies(value: string | undefined): ApkDependencies | undefined {
  const needs: Dependency[] = [];
  const against: Relation[] = [];
  const pinned: string[] = [];
  for (const word of (value ?? "").split(/\s+/)) {
    if (word === "") continue;
    const [, not, name, operator, version] = form.exec(word) ?? [];
    if (name === undefined) return undefined;
    if (operator === "><") pinned.push(name);
    else if (not === "!") against.push(relation(name, operator, version));
    else needs.push([relation(name, operator, version)]);
  }
  return { needs, against, pinned };
}

/** `p:`: names with and without a version; what cannot be read provides nothing. */
export const parseApkProvides = (value: string | undefined): readonly Relation[] =>
  (parseApkDependencies(value)?.needs ?? []).flat();
