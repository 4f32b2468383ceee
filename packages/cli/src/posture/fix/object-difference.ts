import { isDeepStrictEqual } from "node:util";
import { type KubeObject, type SchemaNode, schemaById, schemaIdOfKind, untyped } from "@bulkhead/api";

type Tree = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** What makes one object of another, for server-side apply and what it cannot do. */
export interface Difference {
  /** Fields that are set or changed, with the keys of the list elements that they stand in; undefined: none. */
  readonly set: unknown;
  /** Fields that are gone, by their place in the former object. */
  readonly removed: readonly Path[];
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);
const nothing: Difference = { set: undefined, removed: [] };

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

/** What must be applied to and removed from a value so that it becomes another. */
export function difference(before: unknown, after: unknown, schema: SchemaNode, at: Path = []): Difference {
  if (isDeepStrictEqual(before, after)) return nothing;
  if (isTree(before) && isTree(after) && !schema.atomicMap) return ofMaps(before, after, schema, at);
  if (Array.isArray(before) && Array.isArray(after) && schema.listType === "map")
    return ofKeyedLists(before as unknown[], after as unknown[], schema, at);
  return { set: after, removed: [] };
}

function ofMaps(before: Tree, after: Tree, schema: SchemaNode, at: Path): Difference {
  const set: Record<string, unknown> = {};
  const removed: Path[] = [];
  for (const [name, value] of Object.entries(after)) {
    if (before[name] === undefined) {
      if (value !== undefined) set[name] = value;
      continue;
    }
    const inner = difference(before[name], value, schema.child(name) ?? untyped, [...at, name]);
    if (inner.set !== undefined) set[name] = inner.set;
    removed.push(...inner.removed);
  }
  for (const name of Object.keys(before)) if (after[name] === undefined) removed.push([...at, name]);
  return { set: Object.keys(set).length === 0 ? undefined : set, removed };
}

function ofKeyedLists(before: readonly unknown[], after: readonly unknown[], schema: SchemaNode, at: Path): Difference {
  const { listKeys } = schema;
  const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(keysOf(a, listKeys), keysOf(b, listKeys));
  const set: unknown[] = [];
  const removed: Path[] = [];
  for (const element of after) {
    const index = before.findIndex((each) => same(each, element));
    if (index < 0) {
      set.push(element);
      continue;
    }
    const inner = difference(before[index], element, schema.items, [...at, index]);
    if (inner.set !== undefined) set.push({ ...keysOf(element, listKeys), ...(inner.set as Tree) });
    removed.push(...inner.removed);
  }
  before.forEach((element, index) => {
    if (!after.some((each) => same(each, element))) removed.push([...at, index]);
  });
  return { set: set.length === 0 ? undefined : set, removed };
}

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

const pointer = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** Removals as a JSON patch, the last elements of lists first; refused where somebody wrote the object meanwhile. */
export const removals = (removed: readonly Path[], resourceVersion: string): object[] => [
  { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
  ...removed
    .toSorted((a, b) => {
      const at = a.findIndex((step, i) => step !== b[i]);
      const [left, right] = [a[at], b[at]];
      return typeof left === "number" && typeof right === "number" ? right - left : b.length - a.length;
    })
    .map((path) => ({ op: "remove", path: pointer(path) })),
];
