import { comparePositions, type IndexSnapshot, type Position } from "./object-index.ts";
import type { StoredObject, StoreEvent } from "./types.ts";

/** The first place in `events` (ascending) whose revision is beyond `revision`. */
export function firstAfter(events: readonly StoreEvent[], revision: number): number {
  const last = events.at(-1);
  if (last === undefined || last.revision <= revision) return events.length;
  let low = 0;
  let high = events.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as StoreEvent).revision > revision) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The snapshot as it was before `undo` (ascending): each key that these events touched shows what stood there before
 * the first of them.
 */
export function* iterateBefore(
  snapshot: IndexSnapshot,
  undo: readonly StoreEvent[],
  namespace: string | undefined,
  after: Position | undefined,
): Generator<StoredObject, undefined> {
  const touched = new Map<string, StoreEvent>();
  for (const event of undo) {
    if (namespace !== undefined && event.key.namespace !== namespace) continue;
    const id = idOf(event.key);
    if (!touched.has(id)) touched.set(id, event);
  }
  const earlier = [...touched.values()]
    .map((event) => event.previous)
    .filter((object) => object !== undefined)
    .filter((object) => after === undefined || comparePositions(object.key, after) > 0)
    .sort((a, b) => comparePositions(a.key, b.key));
  let next = 0;
  for (const object of snapshot.iterate(namespace, after)) {
    if (touched.has(idOf(object.key))) continue;
    for (let held = earlier[next]; held !== undefined; held = earlier[next]) {
      if (comparePositions(held.key, object.key) > 0) break;
      yield held;
      next++;
    }
    yield object;
  }
  yield* earlier.slice(next);
  return undefined;
}

function idOf(at: Position): string {
  return `${at.namespace}/${at.name}`;
}
