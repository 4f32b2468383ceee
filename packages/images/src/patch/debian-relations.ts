import type { Dependency, Relation } from "./relations.ts";

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
