import type { DatabaseSync } from "node:sqlite";
import type { Keyring } from "@bulkhead/keyring";
import type { MemoryState } from "./memory-state.ts";
import { readSeeds, seedRow } from "./seeds.ts";
import { StoreError } from "./store-error.ts";
import { storagePath } from "./store-key.ts";
import type { StoreKey } from "./types.ts";
import type { WriteQueue } from "./write-queue.ts";
import type { SeedRow } from "./writer.ts";

export interface ResealerOptions {
  readonly state: MemoryState;
  readonly queue: WriteQueue;
  readonly keyring: Keyring | undefined;
  sealed(key: StoreKey): boolean;
  /** Removes what compaction has yet to remove. */
  collect(): Promise<void>;
}

/** Sealed bytes in memory, and how they are exchanged once the same row on disk holds the new ones. */
interface Sealed {
  readonly key: StoreKey;
  readonly revision: number;
  readonly bytes: Uint8Array;
  replace(bytes: Uint8Array): void;
}

interface Exchangeable {
  bytes: Uint8Array;
}

const step = 100;

/**
 * Rotation of the seed, as one operation that can stop anywhere: the new seed is durable before anything is sealed
 * under it, rows are rewritten in place (their revisions stay, history and tombstones included), and the old seed goes
 * last. A store that opens with rows under an older seed goes on where it stopped.
 */
export class Resealer {
  readonly #options: ResealerOptions;
  #running: Promise<{ rewritten: number }> | undefined;
  #stopped = false;

  constructor(options: ResealerOptions) {
    this.#options = options;
  }

  /** Sealed states in memory that another seed than the present one sealed. */
  stale(): number {
    let count = 0;
    for (const _ of this.#staleStates()) count++;
    return count;
  }

  stop(): void {
    this.#stopped = true;
  }

  async rotate(): Promise<{ rewritten: number }> {
    const keyring = this.#keyring();
    await this.#running;
    const seed = await keyring.wrapSeed();
    await this.#options.queue.job(() => ({ do: "put-seeds", seeds: [seedRow(seed)] }));
    await keyring.adopt(seed);
    return this.run();
  }

  /** Rewrites what is stale, then forgets the seeds that nothing needs. One run at a time. */
  run(): Promise<{ rewritten: number }> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Has the provider wrap every seed with its present key. */
  async rewrap(db: DatabaseSync): Promise<void> {
    const keyring = this.#keyring();
    const keyId = await keyring.providerKeyId();
    const seeds: SeedRow[] = [];
    for (const seed of readSeeds(db)) if (seed.keyId !== keyId) seeds.push(seedRow(await keyring.rewrap(seed)));
    if (seeds.length > 0) await this.#options.queue.job(() => ({ do: "put-seeds", seeds }));
  }

  async #run(): Promise<{ rewritten: number }> {
    const { queue } = this.#options;
    const keyring = this.#keyring();
    // Until here commits may have been sealed under the old seed; they must be in memory to be seen.
    await queue.settledSoFar();
    let rewritten = 0;
    for (let states = this.#next(); states.length > 0; states = this.#next()) {
      if (this.#stopped) return { rewritten };
      const rows = states.map(({ key, revision, bytes }) => {
        const path = storagePath(key);
        return { revision, bytes: keyring.seal(path, keyring.open(path, bytes)) };
      });
      const answer = await queue.job(() => ({ do: "reseal", rows }));
      states.forEach((state, at) => state.replace(rows[at]?.bytes ?? state.bytes));
      rewritten += answer.count;
    }
    await this.#options.collect();
    const { primary } = keyring;
    if (primary !== undefined) await queue.job(() => ({ do: "drop-seeds", keep: [primary] }));
    await queue.job(() => ({ do: "truncate-wal" }));
    return { rewritten };
  }

  #next(): Sealed[] {
    const found: Sealed[] = [];
    for (const state of this.#staleStates()) {
      found.push(state);
      if (found.length === step) break;
    }
    return found;
  }

  *#staleStates(): Generator<Sealed, undefined> {
    const { state, keyring } = this.#options;
    const sealed = (key: StoreKey): boolean => this.#options.sealed(key);
    if (keyring === undefined) return undefined;
    const stale = (key: StoreKey, bytes: Uint8Array): boolean => sealed(key) && keyring.isStale(bytes);
    for (const resource of state.resources()) {
      if (!sealed({ group: resource.group, resource: resource.resource, namespace: "", name: "" })) continue;
      for (const object of resource.index.snapshot().iterate(undefined, undefined))
        if (stale(object.key, object.bytes)) yield exchange(object.key, object.revision, object);
      for (const event of resource.events) {
        const { key, previous, last } = event;
        if (previous !== undefined && stale(key, previous.bytes)) yield exchange(key, previous.revision, previous);
        if (last !== undefined && stale(key, last))
          yield {
            key,
            revision: event.revision,
            bytes: last,
            replace: (bytes) => {
              (event as { last: Uint8Array | undefined }).last = bytes;
            },
          };
      }
    }
    return undefined;
  }

  #keyring(): Keyring {
    if (this.#options.keyring === undefined)
      throw new StoreError("unsealable", "the store was opened without a key provider: nothing in it is sealed");
    return this.#options.keyring;
  }
}

/** Readers see the object as immutable: its plaintext is, and both seals open to it. */
function exchange(key: StoreKey, revision: number, object: { readonly bytes: Uint8Array }): Sealed {
  return {
    key,
    revision,
    bytes: object.bytes,
    replace: (bytes) => {
      (object as Exchangeable).bytes = bytes;
    },
  };
}
