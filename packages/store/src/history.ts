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
 * The snapshot as it was at `revision`, which `undo` (ascending) holds all events after: what was written since is left
 * out, and each key that was touched shows what stood there before the first of its events.
 */
export function* iterateAt(
  revision: number,
  snapshot: IndexSnapshot,
  undo: readonly StoreEvent[],
  namespace: string | undefined,
  after: Position | undefined,
): Generator<StoredObject, undefined> {
  const earlier = undo
    // The first of a key's events is the one whose state before is not itself from after the revision.
    .map(({ previous }) => previous)
    .filter((object) => object !== undefined)
    .filter((object) => object.revision <= revision)
    .filter(({ key }) => namespace === undefined || key.namespace === namespace)
    .filter(({ key }) => after === undefined || comparePositions(key, after) > 0)
    .sort((a, b) => comparePositions(a.key, b.key));
  let next = 0;
  for (const object of snapshot.iterate(namespace, after)) {
    if (object.revision > revision) continue;
    for (let held = earlier[next]; held !== undefined; held = earlier[++next]) {
      if (comparePositions(held.key, object.key) > 0) break;
      yield held;
    }
    yield object;
  }
  yield* earlier.slice(next);
  return undefined;
}
