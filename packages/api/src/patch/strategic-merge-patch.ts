/**
 * Strategic merge patch, as apimachinery's strategicpatch package applies one: lists merge by the keys that the schema
 * names, and directives (`$patch`, `$retainKeys`, `$setElementOrder/x`, `$deleteFromPrimitiveList/x`) say the rest.
 */
import { goValue } from "../go-format.ts";
import { type SchemaNode, untyped } from "../schema-node.ts";
import { badRequest, plainError, StatusError } from "../status.ts";

type Draft = Record<string, unknown>;

const directive = "$patch";
const retainKeys = "$retainKeys";
const orderPrefix = "$setElementOrder/";
const deletePrefix = "$deleteFromPrimitiveList/";

const isObject = (value: unknown): value is Draft =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const noMergeKey = (item: unknown, mergeKey: string): StatusError =>
  plainError(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);

const badPatchType = (type: unknown, patch: Draft): StatusError =>
  plainError(`unknown patch type: ${goValue(type)} in map: ${goValue(patch)}`);

const unprocessable = (message: string): StatusError => new StatusError({ reason: "Invalid", message, details: {} });

const childOf = (schema: SchemaNode, key: string): SchemaNode => schema.child(key) ?? untyped;

/** Without nulls and directives: what a part of the patch leaves where the original had nothing. */
function fresh(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isObject(item) && Object.hasOwn(item, directive))).map(fresh);
  }
  if (!isObject(value)) return value;
  const out: Draft = {};
  for (const key in value) {
    const inner = value[key];
    if (inner === null || key === directive || key === retainKeys) continue;
    if (key.startsWith(orderPrefix) || key.startsWith(deletePrefix)) continue;
    out[key] = fresh(inner);
  }
  return out;
}

function mergeMap(original: Draft, patch: Draft, schema: SchemaNode): Draft {
  if (Object.hasOwn(patch, directive)) return replaceOrDelete(patch);
  applyRetainKeys(original, patch);
  const done = mergeOrdered(original, patch, schema);
  for (const key in patch) {
    if (done.has(key) || key.startsWith(orderPrefix) || key === retainKeys) continue;
    if (key.startsWith(deletePrefix)) {
      deletePrimitives(original, key.slice(deletePrefix.length), patch[key]);
      continue;
    }
    mergeField(original, key, patch[key], childOf(schema, key));
  }
  return original;
}

function replaceOrDelete(patch: Draft): Draft {
  const { [directive]: type, ...rest } = patch;
  if (type === "replace") return fresh(rest) as Draft;
  if (type === "delete") return {};
  if (type === "merge") throw plainError("merging maps cannot yet be specified in the patch");
  throw badPatchType(type, patch);
}

function applyRetainKeys(original: Draft, patch: Draft): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const keep = patch[retainKeys];
  if (!Array.isArray(keep)) throw badRequest("invalid patch format of retainKeys");
  for (const key in patch) {
    if (key === retainKeys || patch[key] === null || key.startsWith(orderPrefix) || key.startsWith(deletePrefix))
      continue;
    if (!keep.includes(key)) throw badRequest("invalid patch format of retainKeys");
  }
  for (const key in original) if (!keep.includes(key)) delete original[key];
}

function mergeField(original: Draft, key: string, value: unknown, schema: SchemaNode): void {
  if (value === null) {
    delete original[key];
    return;
  }
  const old = Object.hasOwn(original, key) ? original[key] : undefined;
  if (isObject(value) && isObject(old)) {
    original[key] = schema.patchReplace ? fresh(value) : mergeMap(old, value, schema);
  } else if (Array.isArray(value) && Array.isArray(old)) {
    original[key] = mergeList(old, value, schema);
  } else original[key] = fresh(value);
}

function mergeList(original: unknown[], patch: unknown[], schema: SchemaNode): unknown[] {
  if (!schema.patchMerge) return patch.map(fresh);
  if (original.length === 0 && patch.length === 0) return original;
  if (!sameElements(original, patch)) return mergeScalars(original, patch);
  const mergeKey = schema.patchMergeKey;
  if (mergeKey === "") throw plainError("cannot merge lists without merge key");
  const { base, items } = applySpecialElements(original, patch as Draft[], mergeKey);
  const order = [...base];
  const merged = mergeElements(base, items, mergeKey, schema.items);
  const sent = new Set(items.map((item) => keyOf(item, mergeKey)));
  const inPatch = (item: unknown): boolean => sent.has(keyOf(item, mergeKey));
  const ofPatch = inOrder(merged.filter(inPatch), items, mergeKey);
  const ofServer = inOrder(
    merged.filter((item) => !inPatch(item)),
    order,
    mergeKey,
  );
  return interleave(ofServer, ofPatch, order, mergeKey);
}

/** Whether both lists hold objects; scalars are merged otherwise. Lists of lists are refused. */
function sameElements(...lists: readonly unknown[][]): boolean {
  const items = lists.flat(1);
  if (lists.some((list) => list.some(Array.isArray))) throw unprocessable("lists of lists are not supported");
  const objects = items.filter(isObject).length;
  if (objects !== 0 && objects !== items.length) {
    throw plainError("list element types are not identical");
  }
  return objects > 0;
}

function mergeScalars(original: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const merged = [...new Set([...original, ...patch])];
  const sent = new Set(patch);
  const ofPatch = inOrder(
    merged.filter((item) => sent.has(item)),
    patch,
    "",
  );
  const ofServer = merged.filter((item) => !sent.has(item));
  return interleave(ofServer, ofPatch, original, "");
}

/** `$patch` elements of a list: deletions are carried out, a replacement empties the original. */
function applySpecialElements(
  original: unknown[],
  patch: Draft[],
  mergeKey: string,
): { base: unknown[]; items: Draft[] } {
  let replaced = false;
  const items: Draft[] = [];
  const deleted = new Set<unknown>();
  for (const item of patch) {
    if (!Object.hasOwn(item, directive)) {
      items.push(item);
      continue;
    }
    switch (item[directive]) {
      case "delete":
        if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
        deleted.add(item[mergeKey]);
        break;
      case "replace":
        replaced = true;
        break;
      case "merge":
        throw plainError("merging lists cannot yet be specified in the patch");
      default:
        throw badPatchType(item[directive], item);
    }
  }
  if (replaced) return { base: items.map((item) => fresh(item)), items: [] };
  if (deleted.size === 0) return { base: original, items };
  return { base: original.filter((old) => !(isObject(old) && deleted.has(old[mergeKey]))), items };
}

/** An element's identity within its list: the merge key's value, or the scalar itself. */
const keyOf = (item: unknown, mergeKey: string): unknown => (mergeKey !== "" && isObject(item) ? item[mergeKey] : item);

function mergeElements(
  base: readonly unknown[],
  patch: readonly Draft[],
  mergeKey: string,
  schema: SchemaNode,
): unknown[] {
  const merged = [...base];
  const places = new Map(merged.map((item, i) => [keyOf(item, mergeKey), i]));
  for (const item of patch) {
    if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
    const at = places.get(item[mergeKey]);
    if (at === undefined) {
      places.set(item[mergeKey], merged.length);
      merged.push(fresh(item));
    } else merged[at] = mergeMap(merged[at] as Draft, item, schema);
  }
  return merged;
}

/** Items in the order in which a second list names them; those it does not name keep their order, last. */
function inOrder(items: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] {
  const places = new Map(order.map((item, i) => [keyOf(item, mergeKey), i]));
  const place = (item: unknown): number => places.get(keyOf(item, mergeKey)) ?? order.length;
  return [...items].sort((a, b) => place(a) - place(b));
}

/** Server's items among the patch's: before one of them only where the server had it so. */
function interleave(
  server: readonly unknown[],
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const places = new Map(order.map((item, i) => [keyOf(item, mergeKey), i]));
  const out: unknown[] = [];
  let i = 0;
  let j = 0;
  while (i < server.length || j < patch.length) {
    if (j >= patch.length) out.push(server[i++]);
    else if (i >= server.length) out.push(patch[j++]);
    else {
      const left = places.get(keyOf(server[i], mergeKey));
      const right = places.get(keyOf(patch[j], mergeKey));
      if (left !== undefined && right !== undefined && left < right) out.push(server[i++]);
      else out.push(patch[j++]);
    }
  }
  return out;
}

/** Lists that `$setElementOrder` speaks of: merged, then ordered by it. Returns the keys that are done with. */
function mergeOrdered(original: Draft, patch: Draft, schema: SchemaNode): Set<string> {
  const done = new Set<string>();
  for (const key in patch) {
    if (!key.startsWith(orderPrefix)) continue;
    const order = patch[key];
    if (!Array.isArray(order)) throw badRequest("invalid patch format of setElementOrder list");
    const name = key.slice(orderPrefix.length);
    const field = childOf(schema, name);
    const old = Object.hasOwn(original, name) ? original[name] : undefined;
    const change = Object.hasOwn(patch, name) ? patch[name] : undefined;
    if (change === null || (old === undefined && change === undefined)) continue;
    if ((change !== undefined && !Array.isArray(change)) || (old !== undefined && !Array.isArray(old))) continue;
    const mergeKey = field.patchMergeKey;
    checkOrder(change ?? [], order, mergeKey);
    const merged = mergedList(old, change, field);
    const named = new Set(order.map((item) => keyOf(item, mergeKey)));
    const ofPatch = inOrder(
      merged.filter((item) => named.has(keyOf(item, mergeKey))),
      order,
      mergeKey,
    );
    const ofServer = inOrder(
      merged.filter((item) => !named.has(keyOf(item, mergeKey))),
      old ?? [],
      mergeKey,
    );
    original[name] = interleave(ofServer, ofPatch, old ?? [], mergeKey);
    done.add(name);
  }
  return done;
}

function mergedList(old: unknown[] | undefined, change: unknown[] | undefined, schema: SchemaNode): unknown[] {
  if (change === undefined) return old ?? [];
  return old === undefined ? (fresh(change) as unknown[]) : mergeList([...old], change, schema);
}

/** The patch's elements must stand in the order that the directive gives them. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  const kept = change.filter((item) => !(isObject(item) && Object.hasOwn(item, directive)));
  let at = 0;
  for (const item of kept) {
    if (isObject(item) && mergeKey !== "" && !Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
    while (at < order.length && keyOf(order[at], mergeKey) !== keyOf(item, mergeKey)) at++;
    if (at >= order.length) {
      throw plainError(
        `The order in patch list:\n${goValue(kept)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
      );
    }
  }
}

function deletePrimitives(original: Draft, name: string, values: unknown): void {
  if (!Array.isArray(values)) throw badRequest("invalid patch format of primitive list");
  const old = Object.hasOwn(original, name) ? original[name] : undefined;
  const gone = new Set<unknown>(values);
  if (Array.isArray(old)) original[name] = old.filter((item) => !gone.has(item));
}

/**
 * Applies a strategic merge patch; returns the patched object. The original is changed in place and is worth nothing
 * after an error. Throws StatusError: 500 with upstream's text for a patch that cannot be carried out, 400 for a
 * malformed directive.
 */
export const applyStrategicMergePatch = (original: object, patch: object, schema: SchemaNode): object =>
  mergeMap(original as Draft, patch as Draft, schema);
