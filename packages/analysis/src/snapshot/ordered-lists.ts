import type { KubeObject } from "@bulkhead/api";
import type { Kind } from "./kinds.ts";
import type { ObjectSet } from "./object-set.ts";

type Named = Pick<KubeObject, "metadata">;

/** What checks see is in order, so that no answer depends on the order in which objects came. */
function byName({ metadata: a }: Named, { metadata: b }: Named): number {
  if ((a.namespace ?? "") !== (b.namespace ?? "")) return (a.namespace ?? "") < (b.namespace ?? "") ? -1 : 1;
  return (a.name ?? "") < (b.name ?? "") ? -1 : a.name === b.name ? 0 : 1;
}

/** A list in order with what is now in an object's place. */
function patched(list: readonly KubeObject[], at: Named, object: KubeObject | undefined): readonly KubeObject[] {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byName(list[middle] as KubeObject, at) < 0) low = middle + 1;
    else high = middle;
  }
  const found = list[low];
  return list.toSpliced(
    low,
    found !== undefined && byName(found, at) === 0 ? 1 : 0,
    ...(object === undefined ? [] : [object]),
  );
}

/** The key of a list: of a kind, in one namespace or in all. */
export const listKey = (kind: string, namespace: string | undefined): string =>
  namespace === undefined ? kind : `${kind}\n${namespace}`;

/** Lists of objects in order, made when asked for and kept as objects change. */
export class OrderedLists {
  readonly #objects: ObjectSet;
  readonly #lists = new Map<string, readonly KubeObject[]>();

  constructor(objects: ObjectSet) {
    this.#objects = objects;
  }

  of<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined): readonly T[] {
    const key = listKey(kind.key, namespace);
    const known = this.#lists.get(key);
    if (known !== undefined) return known as readonly T[];
    const made = [...this.#objects.list<T>(kind, namespace)].sort(byName);
    this.#lists.set(key, made);
    return made;
  }

  /** What is now in an object's place, in the list of a key. */
  put(key: string, namespace: string, name: string, object: KubeObject | undefined): void {
    const known = this.#lists.get(key);
    if (known !== undefined) this.#lists.set(key, patched(known, { metadata: { namespace, name } }, object));
  }
}
