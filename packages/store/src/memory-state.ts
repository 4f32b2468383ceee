import type { PreparedWrite } from "./batch-format.ts";
import type { Fanout } from "./fanout.ts";
import { firstAfter, iterateAt } from "./history.ts";
import { ObjectIndex } from "./object-index.ts";
import { StoreError } from "./store-error.ts";
import type { ListQuery, ListView, StoredObject, StoreEvent, StoreKey } from "./types.ts";

/** Who is told of a resource's changes. */
export interface ResourceWatcher {
  /** Live events, all of one commit group. */
  offer(changes: Fanout): void;
  /** Tells its listener where it is, when that moved. */
  progress(): void;
  end(why: "slow" | "closed", error?: unknown): void;
}

/** Everything held of one resource. */
export interface ResourceState {
  readonly group: string;
  readonly resource: string;
  readonly index: ObjectIndex;
  /** Ascending; those after the compacted revision. */
  readonly events: StoreEvent[];
  readonly watchers: Set<ResourceWatcher>;
}

export interface Changes {
  readonly resource: ResourceState;
  readonly events: StoreEvent[];
}

/** What an event costs beside the bytes that it alone keeps. A rough figure, for the bound. */
const eventOverhead = 200;

/** What readers and watchers see: the durable state, and the history behind it. No I/O. */
export class MemoryState {
  readonly #resources = new Map<string, Map<string, ResourceState>>();
  /** Every resource's events together, ascending. */
  readonly #events: StoreEvent[] = [];
  head: number;
  compacted: number;
  objects = 0;
  objectBytes = 0;
  historyBytes = 0;

  constructor(head: number, compacted: number) {
    this.head = head;
    this.compacted = compacted;
  }

  get historyEvents(): number {
    return this.#events.length;
  }

  /** The resource's state, made when it is not there yet. */
  resource(group: string, resource: string): ResourceState {
    let resources = this.#resources.get(group);
    if (resources === undefined) this.#resources.set(group, (resources = new Map()));
    let state = resources.get(resource);
    if (state === undefined) {
      state = { group, resource, index: new ObjectIndex(), events: [], watchers: new Set() };
      resources.set(resource, state);
    }
    return state;
  }

  *resources(): Generator<ResourceState, undefined> {
    for (const resources of this.#resources.values()) yield* resources.values();
    return undefined;
  }

  get(key: StoreKey): StoredObject | undefined {
    return this.#resources.get(key.group)?.get(key.resource)?.index.get(key);
  }

  list(query: ListQuery): ListView {
    const revision = query.revision ?? this.head;
    this.check(revision);
    const state = this.#resources.get(query.group)?.get(query.resource);
    if (state === undefined) return { revision, items: [] };
    const snapshot = state.index.snapshot();
    const undo = state.events.slice(firstAfter(state.events, revision));
    const { namespace, after } = query;
    return {
      revision,
      items: {
        [Symbol.iterator]: () =>
          undo.length === 0
            ? snapshot.iterate(namespace, after)
            : iterateAt(revision, snapshot, undo, namespace, after),
      },
    };
  }

  /** Throws `compacted` or `future` when the state at a revision cannot be told. */
  check(revision: number): void {
    if (revision < this.compacted)
      throw new StoreError(
        "compacted",
        `revision ${revision} is older than ${this.compacted}, the oldest that is kept`,
      );
    if (revision > this.head)
      throw new StoreError("future", `revision ${revision} is beyond ${this.head}, the newest there is`);
  }

  /** Takes durable writes in, in order, and raises head. Returns the events, by resource. */
  apply(writes: Iterable<PreparedWrite>): Changes[] {
    const changes = new Map<ResourceState, Changes>();
    for (const write of writes) {
      const resource = this.resource(write.key.group, write.key.resource);
      const event = this.#replace(resource, write);
      this.#keep(resource, event);
      const changed = changes.get(resource);
      if (changed === undefined) changes.set(resource, { resource, events: [event] });
      else changed.events.push(event);
      this.head = write.revision;
    }
    return [...changes.values()];
  }

  /**
   * Takes in a row of the log at start. Returns the log rows that nothing needs any more, oldest first: those a
   * compaction was to remove and did not get to.
   */
  replay(write: PreparedWrite): number[] {
    const resource = this.resource(write.key.group, write.key.resource);
    const event = this.#replace(resource, write);
    this.head = Math.max(this.head, write.revision);
    if (write.revision > this.compacted) {
      this.#keep(resource, event);
      return [];
    }
    return garbageOf(event);
  }

  /** The revision to compact to so that history fits the bounds; `compacted` when it does. */
  excess(maxEvents: number, maxBytes: number): number {
    if (this.#events.length <= maxEvents && this.historyBytes <= maxBytes) return this.compacted;
    // A quarter at once, so that the arrays are not moved for each event.
    const keepEvents = maxEvents * 0.75;
    const keepBytes = maxBytes * 0.75;
    let bytes = this.historyBytes;
    let at = 0;
    while (at < this.#events.length && (this.#events.length - at > keepEvents || bytes > keepBytes)) {
      bytes -= costOf(this.#events[at] as StoreEvent);
      at++;
    }
    return this.#events[at - 1]?.revision ?? this.compacted;
  }

  /** Forgets events up to a revision. Returns the log rows that nothing needs any more, oldest first. */
  forget(to: number): number[] {
    if (to <= this.compacted) return [];
    this.compacted = Math.min(to, this.head);
    const gone = this.#events.splice(0, firstAfter(this.#events, this.compacted));
    for (const event of gone) this.historyBytes -= costOf(event);
    for (const resource of this.resources()) resource.events.splice(0, firstAfter(resource.events, this.compacted));
    return gone.flatMap(garbageOf);
  }

  /** Each kept event, oldest first. */
  history(): readonly StoreEvent[] {
    return this.#events;
  }

  #replace(resource: ResourceState, write: PreparedWrite): StoreEvent {
    const current = write.object;
    const previous = current === undefined ? resource.index.delete(write.key) : resource.index.set(current);
    this.objects += (current === undefined ? 0 : 1) - (previous === undefined ? 0 : 1);
    this.objectBytes += (current?.bytes.byteLength ?? 0) - (previous?.bytes.byteLength ?? 0);
    const last = current === undefined ? write.bytes : undefined;
    return { revision: write.revision, key: write.key, previous, current, last };
  }

  #keep(resource: ResourceState, event: StoreEvent): void {
    this.#events.push(event);
    resource.events.push(event);
    this.historyBytes += costOf(event);
  }
}

function costOf(event: StoreEvent): number {
  return eventOverhead + (event.previous?.bytes.byteLength ?? 0) + (event.last?.byteLength ?? 0);
}

/** A state goes before the tombstone above it: were it the other way, a crash between would bring the object back. */
function garbageOf(event: StoreEvent): number[] {
  const rows: number[] = [];
  if (event.previous !== undefined) rows.push(event.previous.revision);
  if (event.current === undefined) rows.push(event.revision);
  return rows;
}
