/**
 * Sets of field paths in the form in which managedFields carries them (FieldsV1). A key is a path element: `f:NAME`,
 * `k:{"name":"a"}`, `v:"x"`, `i:0`. An empty object is a member without children; `.` marks one that has children.
 * The set operations share what they do not change and never change their operands. The empty set is `undefined`.
 */
export interface Fields {
  readonly [element: string]: Fields;
}

export type FieldSet = Fields | undefined;

type Draft = Record<string, Fields>;

/** A member without children. */
export const leaf: Fields = Object.freeze({});

export function isLeaf(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}

/** Whether the path that this node stands for is in the set itself. */
export const isMember = (fields: Fields): boolean => fields["."] !== undefined || isLeaf(fields);

const elements = new Map<string, string>();
const maxElements = 4096;

/** `f:NAME`. The few names that schemas have recur in every object: their elements are kept. */
export function fieldElement(name: string): string {
  let element = elements.get(name);
  if (element === undefined) {
    element = `f:${name}`;
    if (elements.size >= maxElements) elements.clear();
    elements.set(name, element);
  }
  return element;
}

/** A node of children and perhaps itself; undefined when neither is there. */
function node(children: Draft | undefined, member: boolean): FieldSet {
  if (children === undefined) return member ? leaf : undefined;
  return member ? { ".": leaf, ...children } : children;
}

/** All paths of either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === undefined || a === b) return b;
  if (b === undefined) return a;
  return unionNode(a, b);
}

function unionNode(a: Fields, b: Fields): Fields {
  if (a === b) return a;
  if (isLeaf(a)) return isMember(b) ? b : { ".": leaf, ...b };
  if (isLeaf(b)) return isMember(a) ? a : { ".": leaf, ...a };
  let out: Draft | undefined;
  for (const key in b) {
    const left = a[key];
    const right = b[key] as Fields;
    const both = left === undefined ? right : key === "." ? left : unionNode(left, right);
    if (both === left) continue;
    out ??= { ...a };
    out[key] = both;
  }
  return out ?? a;
}

/** The paths of the first that are not in the second. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  a === undefined || b === undefined ? a : without(a, b, false);

/** The paths of the first that are neither in the second nor below one of its paths. */
export const recursiveDifference = (a: FieldSet, b: FieldSet): FieldSet =>
  a === undefined || b === undefined ? a : without(a, b, true);

function without(a: Fields, b: Fields, deep: boolean): FieldSet {
  let changed = false;
  let out: Draft | undefined;
  let rest = 0;
  for (const key in a) {
    const left = a[key] as Fields;
    const right = b[key];
    let kept: FieldSet = left;
    if (right !== undefined && key !== ".") kept = withoutChild(left, right, deep);
    if (kept === left) rest++;
    else if (!changed) {
      changed = true;
      out = copyUpTo(a, key);
    }
    if (changed && kept !== undefined) (out as Draft)[key] = kept;
  }
  if (!changed) return a;
  return rest === 0 && isLeaf(out as Draft) ? undefined : tidy(out as Draft);
}

/** A node left with nothing but its own mark is a leaf. */
function tidy(out: Draft): Fields {
  let children = false;
  for (const key in out) if (key !== ".") children = true;
  return children || isLeaf(out) ? out : leaf;
}

function copyUpTo(fields: Fields, end: string): Draft {
  const out: Draft = {};
  for (const key in fields) {
    if (key === end) break;
    out[key] = fields[key] as Fields;
  }
  return out;
}

function withoutChild(left: Fields, right: Fields, deep: boolean): FieldSet {
  const removed = isMember(right);
  if (removed && (deep || isLeaf(left))) return undefined;
  if (isLeaf(left)) return left;
  const children = without(left, right, deep);
  if (!removed || children === undefined) return children;
  if (isLeaf(children)) return undefined;
  if (children["."] === undefined) return children;
  // The child's own path goes, its children that are left stay.
  const { ".": _, ...kept } = children;
  return isLeaf(kept) ? undefined : kept;
}

/** The paths of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === undefined || b === undefined) return undefined;
  let children: Draft | undefined;
  for (const key in a) {
    if (key === ".") continue;
    const left = a[key] as Fields;
    const right = b[key];
    if (right === undefined) continue;
    const inner = isLeaf(left) || isLeaf(right) ? undefined : intersection(left, right);
    const both = isMember(left) && isMember(right) ? withMark(inner) : inner;
    if (both === undefined) continue;
    children ??= {};
    children[key] = both;
  }
  return children;
}

const withMark = (children: FieldSet): Fields => node(children, true) as Fields;

/** Whether both hold the same paths. */
export function sameFields(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  let keys = 0;
  for (const key in a) {
    keys++;
    const right = b[key];
    if (right === undefined || !sameFields(a[key], right)) return false;
  }
  for (const _ in b) keys--;
  return keys === 0;
}

/** Calls with every path of a set, shorter before longer, elements in order of their text. */
export function eachPath(
  fields: FieldSet,
  visit: (path: readonly string[]) => void,
  prefix: readonly string[] = [],
): void {
  if (fields === undefined) return;
  const keys = Object.keys(fields)
    .filter((key) => key !== ".")
    .sort();
  for (const key of keys) if (isMember(fields[key] as Fields)) visit([...prefix, key]);
  for (const key of keys) {
    const inner = fields[key] as Fields;
    if (!isLeaf(inner)) eachPath(inner, visit, [...prefix, key]);
  }
}

/** Whether what a client or the store hands in is a set of fields, in depth. */
export function isFieldSet(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const key in value) {
    if (key !== "." && (key[1] !== ":" || !"fkvi".includes(key.charAt(0)))) return false;
    if (!isFieldSet((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}

/** `.spec.ports[port=80,protocol="TCP"].name`: a path as conflicts name it. */
export const pathText = (path: readonly string[]): string => path.map(elementText).join("");

/** One element of a path as errors show it. */
export function elementText(element: string): string {
  const text = element.slice(2);
  switch (element.charAt(0)) {
    case "f":
      return `.${text}`;
    case "v":
      return `[=${text}]`;
    case "k":
      return `[${keyText(text)}]`;
    default:
      return `[${text}]`;
  }
}

function keyText(json: string): string {
  try {
    const keys = JSON.parse(json) as Record<string, unknown>;
    return Object.entries(keys)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(",");
  } catch {
    return json;
  }
}
