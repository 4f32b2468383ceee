/** What changed between two objects, as sets of fields: what structured-merge-diff's Compare finds. */
import { jsonEqual } from "../patch/json-equal.ts";
import { type SchemaNode, untyped } from "../schema-node.ts";
import { type FieldSet, type Fields, fieldElement, isLeaf, leaf } from "./field-set.ts";
import { elementOf, ownValue, sameElement } from "./list-element.ts";

/** Paths that came, changed their value, and went. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type Item = Record<string, unknown>;
type Draft = Record<string, Fields>;

/** Fields at the root and in metadata that no manager ever owns. */
export const unowned: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);
export const unownedMetadata: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "clusterName",
  "generation",
  "managedFields",
  "resourceVersion",
]);

const isMap = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

/** Sets under construction: a node's children, made only when something changed. */
class Builder {
  added: Draft | undefined;
  modified: Draft | undefined;
  removed: Draft | undefined;

  take(walker: Walker, element: string): void {
    if (walker.added !== undefined) {
      this.added ??= {};
      this.added[element] = walker.added;
    }
    if (walker.modified !== undefined) {
      this.modified ??= {};
      this.modified[element] = walker.modified;
    }
    if (walker.removed !== undefined) {
      this.removed ??= {};
      this.removed[element] = walker.removed;
    }
  }
}

/** Walks two values at once. `compare` says whether they differ and leaves how in added, modified, removed. */
class Walker {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;

  #leaf(lhs: unknown, rhs: unknown): boolean {
    if (lhs !== undefined && rhs !== undefined && jsonEqual(lhs, rhs)) return false;
    this.added = lhs === undefined ? leaf : undefined;
    this.removed = rhs === undefined ? leaf : undefined;
    this.modified = lhs !== undefined && rhs !== undefined ? leaf : undefined;
    return true;
  }

  /** At least one side is there. */
  compare(lhs: unknown, rhs: unknown, node: SchemaNode): boolean {
    if (lhs === rhs) return false;
    switch (node.shape) {
      case "scalar":
        return this.#leaf(lhs, rhs);
      case "list":
        if (node.listType === "atomic") return this.#leaf(lhs, rhs);
        return this.#container(lhs, rhs, node, Array.isArray);
      case "struct":
      case "map":
        if (node.atomicMap) return this.#leaf(lhs, rhs);
        return this.#container(lhs, rhs, node, isMap);
      case "untyped":
        return this.#untyped(lhs, rhs);
    }
  }

  /** Maps of unknown structure are granular, everything else is a leaf. */
  #untyped(lhs: unknown, rhs: unknown): boolean {
    const left = isMap(lhs);
    const right = isMap(rhs);
    if ((left || lhs === undefined || lhs === null) && (right || rhs === undefined || rhs === null)) {
      return this.#container(lhs, rhs, untyped, isMap);
    }
    if (!this.#leaf(lhs, rhs)) return false;
    // What stood below a map that gave way to a scalar or a list is gone; what stands below one that came is new.
    if (left && rhs !== undefined) this.removed = fieldsBelow(lhs, untyped);
    if (right && lhs !== undefined) this.added = fieldsBelow(rhs, untyped);
    return true;
  }

  #container(lhs: unknown, rhs: unknown, node: SchemaNode, fits: (value: unknown) => boolean): boolean {
    if ((isEmpty(lhs) && isEmpty(rhs)) || (!fits(lhs) && !fits(rhs))) return this.#leaf(lhs, rhs);
    const left = fits(lhs) ? lhs : undefined;
    const right = fits(rhs) ? rhs : undefined;
    const found = new Builder();
    if (node.shape === "list") this.#list(left as unknown[] | undefined, right as unknown[] | undefined, node, found);
    else this.#map(left as Item | undefined, right as Item | undefined, node, found);
    this.added = lhs === undefined ? { ".": leaf, ...found.added } : found.added;
    this.removed = rhs === undefined ? { ".": leaf, ...found.removed } : found.removed;
    this.modified = found.modified;
    if (this.added !== undefined && isMarkOnly(this.added)) this.added = leaf;
    if (this.removed !== undefined && isMarkOnly(this.removed)) this.removed = leaf;
    return this.added !== undefined || this.modified !== undefined || this.removed !== undefined;
  }

  #map(lhs: Item | undefined, rhs: Item | undefined, node: SchemaNode, found: Builder): void {
    if (lhs !== undefined) {
      for (const key in lhs) {
        const left = lhs[key];
        const right = rhs === undefined ? undefined : ownValue(rhs, key);
        if (left === right) continue;
        if (this.compare(left, right, node.child(key) ?? untyped)) found.take(this, fieldElement(key));
      }
    }
    if (rhs === undefined) return;
    for (const key in rhs) {
      if (lhs !== undefined && ownValue(lhs, key) !== undefined) continue;
      const right = rhs[key];
      if (right === undefined) continue;
      if (this.compare(undefined, right, node.child(key) ?? untyped)) found.take(this, fieldElement(key));
    }
  }

  #list(lhs: unknown[] | undefined, rhs: unknown[] | undefined, node: SchemaNode, found: Builder): void {
    const { items } = node;
    if (lhs !== undefined && rhs !== undefined && inStep(lhs, rhs, node)) {
      for (let i = 0; i < lhs.length; i++) {
        if (this.compare(lhs[i], rhs[i], items)) found.take(this, elementOf(lhs[i], node));
      }
      return;
    }
    const right = byElement(rhs, node);
    const left = byElement(lhs, node);
    for (const [element, item] of left) {
      if (this.compare(item, right.get(element), items)) found.take(this, element);
    }
    for (const [element, item] of right) {
      if (!left.has(element) && this.compare(undefined, item, items)) found.take(this, element);
    }
  }

  /** The roots of two objects; what no manager owns is passed over. */
  objects(lhs: Item, rhs: Item, schema: SchemaNode): Comparison {
    const found = new Builder();
    this.#owned(lhs, rhs, schema, unowned, found);
    const metadata = new Builder();
    const node = schema.child("metadata") ?? untyped;
    this.#owned((lhs["metadata"] ?? {}) as Item, (rhs["metadata"] ?? {}) as Item, node, unownedMetadata, metadata);
    this.added = metadata.added;
    this.modified = metadata.modified;
    this.removed = metadata.removed;
    found.take(this, "f:metadata");
    return found;
  }

  #owned(lhs: Item, rhs: Item, node: SchemaNode, skip: ReadonlySet<string>, found: Builder): void {
    for (const key in lhs) {
      if (skip.has(key)) continue;
      const left = lhs[key];
      const right = ownValue(rhs, key);
      if (left === right) continue;
      if (this.compare(left, right, node.child(key) ?? untyped)) found.take(this, fieldElement(key));
    }
    for (const key in rhs) {
      if (skip.has(key) || ownValue(lhs, key) !== undefined || rhs[key] === undefined) continue;
      if (this.compare(undefined, rhs[key], node.child(key) ?? untyped)) found.take(this, fieldElement(key));
    }
  }
}

function isMarkOnly(fields: Fields): boolean {
  for (const key in fields) if (key !== ".") return false;
  return !isLeaf(fields);
}

/** Whether both lists have the same elements in the same order: most updates leave lists so. */
function inStep(lhs: unknown[], rhs: unknown[], node: SchemaNode): boolean {
  if (lhs.length !== rhs.length) return false;
  for (let i = 0; i < lhs.length; i++) if (!sameElement(lhs[i], rhs[i], node)) return false;
  return true;
}

/** Elements by their path element; of elements that recur the first counts. */
function byElement(list: unknown[] | undefined, node: SchemaNode): Map<string, unknown> {
  const out = new Map<string, unknown>();
  for (const item of list ?? []) {
    const element = elementOf(item, node);
    if (!out.has(element)) out.set(element, item);
  }
  return out;
}

/** All paths below a value, itself not among them. */
function fieldsBelow(value: unknown, node: SchemaNode): FieldSet {
  const walker = new Walker();
  if (!walker.compare(undefined, value, node) || walker.added === undefined) return undefined;
  const { ".": _, ...children } = walker.added;
  return isLeaf(children) ? undefined : children;
}

/**
 * Compares two objects of a schema. Both should be in the form in which they are stored; fields with the value
 * undefined count as absent.
 */
export const compareObjects = (lhs: object, rhs: object, schema: SchemaNode): Comparison =>
  new Walker().objects(lhs as Item, rhs as Item, schema);
