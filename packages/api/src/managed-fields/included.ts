import type { FieldSet, Fields } from "./field-set.ts";

/** Of a set, what lies at or below one of the paths (`spec.containers.resources`). List elements are passed through. */
export const included = (fields: FieldSet, paths: readonly string[]): FieldSet =>
  within(
    fields,
    paths.map((path) => path.split(".").map((name) => `f:${name}`)),
  );

function within(fields: FieldSet, paths: readonly (readonly string[])[]): FieldSet {
  let out: Record<string, Fields> | undefined;
  for (const [element, below] of Object.entries(fields ?? {})) {
    // Above the paths nothing is a member.
    if (element === ".") continue;
    const kept = element.startsWith("f:") ? atField(element, below, paths) : within(below, paths);
    if (kept === undefined) continue;
    out ??= {};
    out[element] = kept;
  }
  return out;
}

function atField(element: string, below: Fields, paths: readonly (readonly string[])[]): FieldSet {
  const onward = paths.filter(([first]) => first === element).map((path) => path.slice(1));
  return onward.some((path) => path.length === 0) ? below : within(below, onward);
}
