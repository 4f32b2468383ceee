/** How the elements of a list are told apart: by their keys, or by their value. */
import type { SchemaNode } from "../schema-node.ts";

type Item = Record<string, unknown>;

/**
 * A key's value in a decoded object. `constructor` is a name like any other: what a plain object inherits is always a
 * function, and no JSON value is one.
 */
export function ownValue(object: Item, key: string): unknown {
  const value = object[key];
  return typeof value === "function" ? undefined : value;
}

/** A list whose elements several managers may share. */
export const isAssociative = (node: SchemaNode): boolean => node.shape === "list" && node.listType !== "atomic";

const sortedKeys = new WeakMap<SchemaNode, readonly string[]>();

function keysOf(node: SchemaNode): readonly string[] {
  let keys = sortedKeys.get(node);
  if (keys === undefined) {
    keys = [...node.listKeys].sort();
    sortedKeys.set(node, keys);
  }
  return keys;
}

const keyValue = (item: Item, key: string, node: SchemaNode): unknown => {
  const value = ownValue(item, key);
  return value === undefined ? node.items.child(key)?.default : value;
};

/** Why an element has no place of its own in an associative list; undefined when it has. */
export function elementError(item: unknown, node: SchemaNode): string | undefined {
  if (node.listType === "map") {
    if (item === null || item === undefined) return "associative list with keys may not have a null element";
    if (typeof item !== "object" || Array.isArray(item)) {
      return "associative list with keys may not have non-map elements";
    }
    const missing = node.listKeys.find((key) => keyValue(item as Item, key, node) === undefined);
    return missing === undefined
      ? undefined
      : `associative list with keys has an element that omits key field "${missing}" (and doesn't have default value)`;
  }
  if (item === null || item === undefined)
    return "associative list without keys has an element that's an explicit null";
  if (Array.isArray(item)) return "not supported: associative list with lists as elements";
  return typeof item === "object" ? "associative list without keys has an element that's a map type" : undefined;
}

/** The path element of a list's element: `k:{"name":"a"}` or `v:"x"`. */
export function elementOf(item: unknown, node: SchemaNode): string {
  if (node.listType !== "map" || typeof item !== "object" || item === null) return `v:${JSON.stringify(item)}`;
  let out = "k:{";
  for (const key of keysOf(node)) {
    const value = keyValue(item as Item, key, node);
    out += `${out.length > 3 ? "," : ""}${JSON.stringify(key)}:${JSON.stringify(value ?? null)}`;
  }
  return `${out}}`;
}

/** Whether two elements are the same one, without making their path elements. */
export function sameElement(a: unknown, b: unknown, node: SchemaNode): boolean {
  if (node.listType !== "map") return a === b;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  for (const key of node.listKeys) {
    const left = (a as Item)[key];
    const right = (b as Item)[key];
    if (left !== right && keyValue(a as Item, key, node) !== keyValue(b as Item, key, node)) return false;
  }
  return true;
}
