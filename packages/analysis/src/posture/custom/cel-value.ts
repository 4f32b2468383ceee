import type { KubeObject } from "@bulkhead/api";

/** A decoded JSON value as CEL has it: whole numbers are ints. Made once for each object, whatever asks. */
const known = new WeakMap<object, unknown>();
const sizes = new WeakMap<object, number>();

export function celValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value ?? null;
  const before = known.get(value);
  if (before !== undefined) return before;
  let size = 1;
  const inner = (each: unknown): unknown => {
    const made = celValue(each);
    size += sizeOf(made);
    return made;
  };
  const made = Array.isArray(value)
    ? value.map(inner)
    : Object.fromEntries(
        Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, inner(each)]])),
      );
  known.set(value, made);
  sizes.set(made, size);
  return made;
}

const objects = new WeakMap<KubeObject, unknown>();

/** An object as CEL has it, without what only the API server's own work turns: whoever reads it from where sees the same. */
export function celObject(object: KubeObject): unknown {
  const before = objects.get(object);
  if (before !== undefined) return before;
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata;
  const made = celValue({ ...object, metadata });
  objects.set(object, made);
  return made;
}

/** About how many steps it takes to look at all of a value. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return 1 + value.length / 8;
  if (typeof value !== "object" || value === null) return 1;
  return sizes.get(value) ?? (Array.isArray(value) ? value.length : Object.keys(value).length);
}
