/** Values at the simple paths of a definition: `.spec.replicas`, `.status.labelSelector`. */

type Item = Record<string, unknown>;

const names = (path: string): string[] => path.split(".").filter((name) => name !== "");

const isMap = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a path, or undefined. */
export function valueAt(object: object, path: string): unknown {
  let at: unknown = object;
  for (const name of names(path)) {
    if (!isMap(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

/** Sets the value at a path, in place; objects on the way are made where they are absent. */
export function setValueAt(object: object, path: string, value: unknown): void {
  const way = names(path);
  const last = way.pop();
  if (last === undefined || last === "__proto__" || way.includes("__proto__")) return;
  let at = object as Item;
  for (const name of way) {
    const next = Object.hasOwn(at, name) ? at[name] : undefined;
    if (isMap(next)) at = next;
    else {
      const made: Item = {};
      at[name] = made;
      at = made;
    }
  }
  at[last] = value;
}
