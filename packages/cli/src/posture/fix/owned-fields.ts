import { isDeepStrictEqual } from "node:util";
import { type KubeObject, type SchemaNode, schemaById, schemaIdOfKind, untyped } from "@bulkhead/api";

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema of an object's kind; of kinds that are not ours to know, maps are granular and lists atomic. */
export function schemaOfObject({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): SchemaNode {
  const slash = apiVersion.indexOf("/");
  const [group, version] = slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const id = schemaIdOfKind({ group, version, kind });
  return (id === undefined ? undefined : schemaById(id)) ?? untyped;
}

const keysOf = (element: unknown, keys: readonly string[]): Tree =>
  isTree(element)
    ? Object.fromEntries(keys.flatMap((key) => (element[key] === undefined ? [] : [[key, element[key]]])))
    : {};

/** Lays fields over others, list elements by their keys. */
export function merged(base: unknown, over: unknown, schema: SchemaNode): unknown {
  if (over === undefined) return base;
  if (isTree(base) && isTree(over) && !schema.atomicMap) {
    const all: Record<string, unknown> = { ...base };
    for (const [name, value] of Object.entries(over))
      all[name] = merged(base[name], value, schema.child(name) ?? untyped);
    return all;
  }
  if (Array.isArray(base) && Array.isArray(over) && schema.listType === "map") {
    const all: unknown[] = [...(base as unknown[])];
    for (const element of over as unknown[]) {
      const keys = keysOf(element, schema.listKeys);
      const index = all.findIndex((each) => isDeepStrictEqual(keysOf(each, schema.listKeys), keys));
      if (index < 0) all.push(element);
      else all[index] = merged(all[index], element, schema.items);
    }
    return all;
  }
  return over;
}

/** The part of a value that a manager owns, by its `fieldsV1`: what it has to say again when it applies anew. */
export function ownedPart(value: unknown, fields: Tree): unknown {
  const below = Object.entries(fields).filter(([name]) => name !== ".");
  if (below.length === 0) return value;
  if (Array.isArray(value)) {
    return below.flatMap(([name, inner]) => {
      if (name.startsWith("v:")) return [JSON.parse(name.slice(2)) as unknown];
      if (!name.startsWith("k:")) return [];
      const keys = JSON.parse(name.slice(2)) as Tree;
      const element = (value as unknown[]).find(
        (each) => isTree(each) && isDeepStrictEqual(keysOf(each, Object.keys(keys)), keys),
      );
      return element === undefined ? [] : [{ ...keys, ...(ownedPart(element, inner as Tree) as Tree) }];
    });
  }
  if (!isTree(value)) return value;
  return Object.fromEntries(
    below.flatMap(([name, inner]) => {
      const key = name.slice(2);
      return name.startsWith("f:") && value[key] !== undefined ? [[key, ownedPart(value[key], inner as Tree)]] : [];
    }),
  );
}
