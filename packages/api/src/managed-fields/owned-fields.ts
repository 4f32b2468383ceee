/** The fields that a value sets, and values without some of their fields. */
import { type SchemaNode, untyped } from "../schema-node.ts";
import { unowned, unownedMetadata } from "./compare.ts";
import { type FieldSet, type Fields, fieldElement, isLeaf, isMember, leaf } from "./field-set.ts";
import { elementOf } from "./list-element.ts";

type Item = Record<string, unknown>;
type Draft = Record<string, Fields>;

const isMap = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);

function isEmptyMap(value: unknown): boolean {
  if (!isMap(value)) return false;
  for (const _ in value) return false;
  return true;
}

/** Whether a value of this schema is owned as one. */
export function isWhole(value: unknown, node: SchemaNode): boolean {
  switch (node.shape) {
    case "scalar":
      return true;
    case "list":
      return node.listType === "atomic";
    case "struct":
    case "map":
      return node.atomicMap;
    case "untyped":
      return !isMap(value);
  }
}

/** The paths below a value; `self` says whether its own path is one. */
function below(value: unknown, node: SchemaNode): { readonly children: Draft | undefined; readonly self: boolean } {
  if (isWhole(value, node)) return { children: undefined, self: true };
  if (Array.isArray(value)) return { children: listFields(value, node), self: false };
  return { children: isMap(value) ? mapFields(value, node) : undefined, self: false };
}

/** The paths below a value, without its own. */
export const fieldsOfValue = (value: unknown, node: SchemaNode): FieldSet => below(value, node).children;

const close = (children: Draft | undefined, self: boolean): FieldSet => {
  if (children === undefined) return self ? leaf : undefined;
  return self ? { ".": leaf, ...children } : children;
};

function listFields(list: readonly unknown[], node: SchemaNode): Draft | undefined {
  let out: Draft | undefined;
  for (const item of list) {
    const { children } = below(item, node.items);
    out ??= {};
    const element = elementOf(item, node);
    // An element that stands twice is owned as one.
    out[element] = out[element] === undefined ? (close(children, true) as Fields) : leaf;
  }
  return out;
}

function mapFields(map: Item, node: SchemaNode, skip?: ReadonlySet<string>): Draft | undefined {
  let out: Draft | undefined;
  for (const key in map) {
    const value = map[key];
    if (value === undefined || skip?.has(key)) continue;
    const declared = node.shape === "struct" ? node.fields.get(key) : undefined;
    const { children, self } = below(value, declared ?? node.child(key) ?? untyped);
    // A declared field with children is owned through them; an entry of a map is owned itself as well.
    const fields = close(children, self || declared === undefined || value === null || isEmptyMap(value));
    if (fields === undefined) continue;
    out ??= {};
    out[fieldElement(key)] = fields;
  }
  return out;
}

/** The fields that an object sets, without those that no manager ever owns. */
export function fieldSetOf(object: object, schema: SchemaNode): FieldSet {
  const out = mapFields(object as Item, schema, unowned) ?? {};
  const metadata = (object as Item)["metadata"];
  const inner = isMap(metadata) ? mapFields(metadata, schema.child("metadata") ?? untyped, unownedMetadata) : undefined;
  if (inner !== undefined) out["f:metadata"] = inner;
  return isLeaf(out) ? undefined : out;
}

/** The set with every declared field on the way to one of its paths added. */
export function withNamedFields(fields: FieldSet, node: SchemaNode): FieldSet {
  if (fields === undefined) return undefined;
  const out: Draft = {};
  for (const key in fields) {
    const inner = fields[key] as Fields;
    if (key === "." || isLeaf(inner)) {
      out[key] = inner;
      continue;
    }
    const name = key.slice(2);
    const declared = key.startsWith("f:") && node.shape === "struct" ? node.fields.get(name) : undefined;
    const child = key.startsWith("f:") ? (declared ?? node.child(name) ?? untyped) : node.items;
    const named = withNamedFields(inner, child) as Fields;
    out[key] = declared !== undefined && named["."] === undefined ? { ".": leaf, ...named } : named;
  }
  return out;
}

/** A value without the fields of a set; undefined when nothing is left of it. The value itself is not changed. */
export function removeFields(value: unknown, fields: FieldSet, node: SchemaNode): unknown {
  if (fields === undefined || isWhole(value, node)) return value;
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const item of value) {
      const inner = fields[elementOf(item, node)];
      if (inner !== undefined && isMember(inner)) continue;
      kept.push(inner === undefined ? item : removeFields(item, inner, node.items));
    }
    return kept.length > 0 || value.length === 0 ? kept : undefined;
  }
  if (!isMap(value)) return value;
  const out: Item = {};
  let any = false;
  for (const key in value) {
    const inner = fields[fieldElement(key)];
    if (inner !== undefined && isMember(inner)) continue;
    const kept = inner === undefined ? value[key] : removeFields(value[key], inner, node.child(key) ?? untyped);
    if (kept === undefined) continue;
    out[key] = kept;
    any = true;
  }
  return any || isEmptyMap(value) ? out : undefined;
}
