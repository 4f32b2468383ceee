import { jsonEqual, type KubeObject, type ObjectRef, type SchemaNode, schemaById, schemaIdOfKind } from "@bulkhead/api";
import type { PlannedDocument } from "./plan.ts";

/** Who owns the fields that a fix sets. */
export const fixFieldManager = "bulkhead-posture";

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** How one object of a plan is put into a cluster, in this order. */
export interface ObjectApply {
  readonly object: ObjectRef;
  /** For a server-side apply: what names the object and the fields that are set, no others. */
  readonly apply?: KubeObject;
  /** What an apply cannot say: fields that go. Tests what stands there first, so that a stale plan takes out nothing. */
  readonly patch?: readonly PatchOperation[];
  readonly delete?: true;
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

const escaped = (step: string | number): string => String(step).replaceAll("~", "~0").replaceAll("/", "~1");

/** How the documents of a plan become requests. */
export const applies = (documents: readonly PlannedDocument[]): readonly ObjectApply[] =>
  documents.flatMap(({ object, before, after }): readonly ObjectApply[] => {
    if (after === undefined) return before === undefined ? [] : [{ object, delete: true }];
    if (before === undefined) return [{ object, apply: after }];
    const patch: PatchOperation[] = [];
    const node = schemaOfObject(after);
    const set = changed(before, after, node, "", patch);
    const named = {
      apiVersion: after.apiVersion,
      kind: after.kind,
      metadata: {
        name: after.metadata.name ?? "",
        ...(after.metadata.namespace === undefined ? {} : { namespace: after.metadata.namespace }),
      },
    };
    const apply = isTree(set) ? (overlaid(named, set) as unknown as KubeObject) : undefined;
    if (apply === undefined && patch.length === 0) return [];
    return [{ object, ...(apply === undefined ? {} : { apply }), ...(patch.length === 0 ? {} : { patch }) }];
  });

function schemaOfObject({ apiVersion, kind }: KubeObject): SchemaNode | undefined {
  const slash = apiVersion.indexOf("/");
  const [group, version] = slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const id = schemaIdOfKind({ group, version, kind });
  return id === undefined ? undefined : schemaById(id);
}

const overlaid = (base: Tree, over: Tree): Tree => {
  const out = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const own = out[key];
    out[key] = isTree(own) && isTree(value) ? overlaid(own, value) : value;
  }
  return out;
};

/**
 * What `after` sets beside `before`, as an apply says it; undefined: nothing. What is gone is added to the patch. Lists
 * whose elements have keys are told by their elements, every other list as a whole.
 */
function changed(
  before: unknown,
  after: unknown,
  node: SchemaNode | undefined,
  path: string,
  patch: PatchOperation[],
): unknown {
  if (jsonEqual(before, after)) return undefined;
  if (isTree(before) && isTree(after) && node?.atomicMap !== true) return changedTree(before, after, node, path, patch);
  if (Array.isArray(before) && Array.isArray(after) && node?.listType === "map")
    return changedList(before, after, node, path, patch);
  if (Array.isArray(before) && Array.isArray(after) && node?.listType === "set")
    return changedSet(before, after, path, patch);
  return after;
}

function changedSet(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  patch: PatchOperation[],
): unknown {
  for (const [index, item] of [...before.entries()].toReversed())
    if (!after.includes(item)) goes(item, `${path}/${index}`, patch);
  const added = after.filter((item) => !before.includes(item));
  return added.length === 0 ? undefined : added;
}

function changedTree(
  before: Tree,
  after: Tree,
  node: SchemaNode | undefined,
  path: string,
  patch: PatchOperation[],
): Tree | undefined {
  const set: Tree = {};
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const next = changed(before[key], value, node?.child(key), `${path}/${escaped(key)}`, patch);
    if (next !== undefined) set[key] = next;
  }
  for (const [key, value] of Object.entries(before))
    if (value !== undefined && after[key] === undefined) goes(value, `${path}/${escaped(key)}`, patch);
  return Object.keys(set).length === 0 ? undefined : set;
}

function changedList(
  before: readonly unknown[],
  after: readonly unknown[],
  node: SchemaNode,
  path: string,
  patch: PatchOperation[],
): unknown {
  const keyOf = (item: unknown): string | undefined =>
    isTree(item)
      ? JSON.stringify(node.listKeys.map((key) => item[key] ?? node.items.child(key)?.default ?? null))
      : undefined;
  const known = new Map(before.map((item, index) => [keyOf(item), { item, index }]));
  const left = new Set(after.map(keyOf));
  const set: Tree[] = [];
  for (const item of after) {
    const was = known.get(keyOf(item));
    const next = changed(was?.item, item, node.items, `${path}/${was?.index ?? 0}`, patch);
    if (isTree(next) && isTree(item)) {
      const keys = node.listKeys.map((key) => [key, item[key] ?? node.items.child(key)?.default] as const);
      set.push({ ...Object.fromEntries(keys), ...next });
    }
  }
  // The last first: those before keep their places.
  for (const [index, item] of [...before.entries()].toReversed())
    if (!left.has(keyOf(item))) goes(item, `${path}/${index}`, patch);
  return set.length === 0 ? undefined : set;
}

function goes(value: unknown, path: string, patch: PatchOperation[]): void {
  patch.push({ op: "test", path, value }, { op: "remove", path });
}
