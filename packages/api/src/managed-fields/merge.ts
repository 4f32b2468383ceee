/** An applied configuration merged into an object, and what is wrong with a configuration's types. */
import { goQuote, goValue } from "../go-format.ts";
import { type SchemaNode, untyped } from "../schema-node.ts";
import { elementText } from "./field-set.ts";
import { elementError, elementOf, isAssociative, ownValue } from "./list-element.ts";

type Item = Record<string, unknown>;

const isMap = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

/** The right value merged into the left; where they meet in a leaf, the right one counts. Neither is changed. */
export function mergeValues(lhs: unknown, rhs: unknown, node: SchemaNode): unknown {
  if (rhs === undefined) return lhs;
  if (lhs === undefined) return rhs;
  if (isEmpty(lhs) && isEmpty(rhs)) return rhs;
  if (node.shape === "scalar" || node.atomicMap) return rhs;
  if (isAssociative(node)) {
    if (Array.isArray(lhs) && Array.isArray(rhs)) return mergeLists(lhs, rhs, node);
    return rhs === null ? lhs : rhs;
  }
  if (node.shape === "list") return rhs;
  if (isMap(lhs) && isMap(rhs)) return mergeMaps(lhs, rhs, node);
  return rhs === null && isMap(lhs) ? lhs : rhs;
}

function mergeMaps(lhs: Item, rhs: Item, node: SchemaNode): Item {
  const out: Item = {};
  for (const key in lhs) out[key] = mergeValues(lhs[key], ownValue(rhs, key), node.child(key) ?? untyped);
  for (const key in rhs) if (ownValue(lhs, key) === undefined) out[key] = rhs[key];
  return out;
}

/** Right elements in their own order, left ones where they stood before and after them. */
function mergeLists(lhs: readonly unknown[], rhs: readonly unknown[], node: SchemaNode): unknown[] {
  const left = lhs.map((item) => elementOf(item, node));
  const right = rhs.map((item) => elementOf(item, node));
  const leftItems = new Map<string, unknown>();
  left.forEach((element, i) => leftItems.set(element, leftItems.has(element) ? undefined : lhs[i]));
  const inRight = new Set(right);
  const shared = right.filter((element) => leftItems.has(element));
  const out: unknown[] = [];
  const merged = new Set<string>();
  /** Where in `shared` the element is that both sides have next. */
  let awaited = 0;
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const element = left[i];
    if (element !== undefined && !inRight.has(element)) {
      out.push(lhs[i++]);
      continue;
    }
    const next = right[j];
    const elsewhere = next !== undefined && element !== next && shared[awaited] !== element;
    if (element !== undefined && (merged.has(element) || elsewhere)) {
      i++;
      continue;
    }
    if (next === undefined) {
      i++;
      continue;
    }
    if (element === next) i++;
    merged.add(next);
    out.push(mergeValues(leftItems.get(next), rhs[j++], node.items));
    if (shared[awaited] === next) awaited++;
  }
  return out;
}

/** Go's name of a value's type, as `%T` prints it. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** `%#v` of a value that is not of the type that the schema asks for. */
const shown = (value: unknown): string =>
  `&value.valueUnstructured{Value:${typeof value === "string" ? goQuote(value) : goSyntax(value)}}`;

const goSyntax = (value: unknown): string =>
  typeof value === "object" ? `${goType(value)}${isMap(value) ? "{…}" : "{}"}` : goValue(value);

function scalarError(value: unknown, node: SchemaNode): string | undefined {
  switch (node.scalar) {
    case "number":
      return typeof value === "number" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "string":
      return typeof value === "string" ? undefined : `expected string, got ${shown(value)}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got &{${goValue(value)}}`;
    case "any":
      return typeof value === "object" ? `expected any scalar, got &{${goValue(value)}}` : undefined;
  }
}

/** What is wrong with the types of a configuration: `.data.a: expected string, got …`, one a broken field. */
export const typeErrors = (value: unknown, node: SchemaNode): string[] =>
  errorsIn(value, node).map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));

interface TypeError {
  readonly path: string;
  readonly message: string;
}

const fitting: readonly TypeError[] = [];

/** Paths are put together on the way out, and only where something is wrong. */
const below = (element: string, errors: readonly TypeError[]): TypeError[] =>
  errors.map(({ path, message }) => ({ path: `${elementText(element)}${path}`, message }));

function errorsIn(value: unknown, node: SchemaNode): readonly TypeError[] {
  if (value === null || value === undefined) return fitting;
  switch (node.shape) {
    case "untyped":
      return fitting;
    case "scalar": {
      const message = scalarError(value, node);
      return message === undefined ? fitting : [{ path: "", message }];
    }
    case "list":
      if (Array.isArray(value)) return listErrors(value, node);
      return [{ path: "", message: `expected list, got &{${goValue(value)}}` }];
    case "map":
    case "struct":
      if (isMap(value)) return mapErrors(value, node);
      return [{ path: "", message: `expected map, got &{${goValue(value)}}` }];
  }
}

function mapErrors(map: Item, node: SchemaNode): readonly TypeError[] {
  let errors: TypeError[] | undefined;
  for (const key in map) {
    const child = node.child(key);
    const found =
      child === undefined ? [{ path: "", message: "field not declared in schema" }] : errorsIn(map[key], child);
    if (found.length > 0) errors = [...(errors ?? []), ...below(`f:${key}`, found)];
    if (child === undefined) break;
  }
  return errors ?? fitting;
}

function listErrors(list: readonly unknown[], node: SchemaNode): readonly TypeError[] {
  const errors: TypeError[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < list.length; i++) {
    let element = `i:${i}`;
    if (isAssociative(node)) {
      const message = elementError(list[i], node);
      if (message !== undefined) return [...errors, { path: "", message: `element ${i}: ${message}` }];
      element = elementOf(list[i], node);
      if (seen.has(element)) {
        errors.push({ path: "", message: `duplicate entries for key ${elementText(element)}` });
      }
      seen.add(element);
    }
    errors.push(...below(element, errorsIn(list[i], node.items)));
  }
  return errors;
}
