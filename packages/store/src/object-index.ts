import { compareStrings } from "./store-key.ts";
import type { StoredObject } from "./types.ts";

interface Chunk {
  items: StoredObject[];
  /** The epoch in which this chunk was made: only in the same epoch may it be changed in place. */
  epoch: number;
}

const chunkMax = 128;

/** Objects at one moment, in order of namespace and name. Later changes to the index do not show in it. */
export interface IndexSnapshot {
  /** In order, after `after` when given, of one namespace when given. */
  iterate(namespace: string | undefined, after: Position | undefined): Generator<StoredObject, undefined>;
}

export interface Position {
  readonly namespace: string;
  readonly name: string;
}

/** Orders by namespace, then name, in byte order. */
export function comparePositions(a: Position, b: Position): number {
  if (a.namespace !== b.namespace) return compareStrings(a.namespace, b.namespace);
  return compareStrings(a.name, b.name);
}

/**
 * The objects of one resource, sorted, in chunks that are copied on the first write after a snapshot: a snapshot costs
 * nothing, a write after one copies a chunk and the list of chunks.
 */
export class ObjectIndex {
  #chunks: Chunk[] = [];
  #epoch = 0;
  #shared = false;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(at: Position): StoredObject | undefined {
    const items = this.#chunks[chunkAt(this.#chunks, at)]?.items;
    if (items === undefined) return undefined;
    const place = lowerBound(items, at);
    const found = items[place];
    return found !== undefined && comparePositions(found.key, at) === 0 ? found : undefined;
  }

  /** Puts an object in, in the place of one with the same key, which is returned. */
  set(object: StoredObject): StoredObject | undefined {
    if (this.#chunks.length === 0) {
      this.#chunks = [{ items: [object], epoch: this.#epoch }];
      this.#size = 1;
      return undefined;
    }
    const at = chunkAt(this.#chunks, object.key);
    const { items } = this.#writable(at);
    const place = lowerBound(items, object.key);
    const there = items[place];
    if (there !== undefined && comparePositions(there.key, object.key) === 0) {
      items[place] = object;
      return there;
    }
    items.splice(place, 0, object);
    this.#size++;
    if (items.length <= chunkMax) return undefined;
    // Appending in order is the common case: leave the left half full then.
    const cut = place === items.length - 1 ? chunkMax : chunkMax >> 1;
    this.#chunks.splice(at + 1, 0, { items: items.splice(cut), epoch: this.#epoch });
    return undefined;
  }

  /** Takes an object out and returns it. */
  delete(at: Position): StoredObject | undefined {
    const index = chunkAt(this.#chunks, at);
    const held = this.#chunks[index];
    if (held === undefined) return undefined;
    const place = lowerBound(held.items, at);
    const there = held.items[place];
    if (there === undefined || comparePositions(there.key, at) !== 0) return undefined;
    const { items } = this.#writable(index);
    items.splice(place, 1);
    this.#size--;
    if (items.length === 0) this.#chunks.splice(index, 1);
    return there;
  }

  snapshot(): IndexSnapshot {
    this.#shared = true;
    const chunks = this.#chunks;
    return { iterate: (namespace, after) => iterate(chunks, namespace, after) };
  }

  /** The chunk, copied first when a snapshot may still read it. */
  #writable(at: number): Chunk {
    if (this.#shared) {
      this.#chunks = this.#chunks.slice();
      this.#shared = false;
      this.#epoch++;
    }
    const chunk = this.#chunks[at] as Chunk;
    if (chunk.epoch === this.#epoch) return chunk;
    const copy = { items: chunk.items.slice(), epoch: this.#epoch };
    this.#chunks[at] = copy;
    return copy;
  }
}

function* iterate(
  chunks: readonly Chunk[],
  namespace: string | undefined,
  after: Position | undefined,
): Generator<StoredObject, undefined> {
  const start = startOf(namespace, after);
  let first = start === undefined ? 0 : chunkAt(chunks, start);
  let place = start === undefined ? 0 : lowerBound(chunks[first]?.items ?? [], start);
  for (; first < chunks.length; first++, place = 0) {
    const items = (chunks[first] as Chunk).items;
    for (; place < items.length; place++) {
      const item = items[place] as StoredObject;
      if (namespace !== undefined && item.key.namespace !== namespace) {
        if (compareStrings(item.key.namespace, namespace) > 0) return undefined;
        continue;
      }
      if (after !== undefined && comparePositions(item.key, after) <= 0) continue;
      yield item;
    }
  }
  return undefined;
}

/** The lowest position that can be asked for: the later of the namespace's start and `after`. */
function startOf(namespace: string | undefined, after: Position | undefined): Position | undefined {
  if (namespace === undefined) return after;
  const start = { namespace, name: "" };
  return after !== undefined && comparePositions(after, start) > 0 ? after : start;
}

/** The last chunk whose first item is not beyond `at`; 0 when all are. */
function chunkAt(chunks: readonly Chunk[], at: Position): number {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const first = (chunks[middle] as Chunk).items[0] as StoredObject;
    if (comparePositions(first.key, at) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first place whose item is not before `at`. */
function lowerBound(items: readonly StoredObject[], at: Position): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePositions((items[middle] as StoredObject).key, at) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
