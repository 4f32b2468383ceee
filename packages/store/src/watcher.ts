import type { Fanout } from "./fanout.ts";
import { firstAfter } from "./history.ts";
import type { MemoryState, ResourceState, ResourceWatcher } from "./memory-state.ts";
import type { StoreEvent, WatchHandle, WatchListener } from "./types.ts";

/** Events that a watcher is handed at most at once when it catches up. */
const slice = 512;

export interface WatcherOptions {
  readonly state: MemoryState;
  readonly resource: ResourceState;
  readonly namespace: string | undefined;
  readonly from: number;
  readonly listener: WatchListener;
  /** Events that it may be behind. */
  readonly maxLag: number;
  readonly onEnd: (why: "slow" | "closed", error: unknown) => void;
}

/**
 * One watch. It has no queue of its own: while its listener is busy it only keeps its place in the resource's history,
 * and goes on from there.
 */
export class Watcher implements WatchHandle, ResourceWatcher {
  readonly #options: WatcherOptions;
  /** The last event's revision that was handed over or passed over; of no meaning while caught up. */
  #position: number;
  #caughtUp = false;
  #busy = true;
  #closed = false;
  #told: number;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#position = options.from;
    this.#told = options.from;
    options.resource.watchers.add(this);
    queueMicrotask(() => {
      this.#busy = false;
      this.#pump();
    });
  }

  get revision(): number {
    return this.#caughtUp ? this.#options.state.head : this.#position;
  }

  close(): void {
    this.#closed = true;
    this.#options.resource.watchers.delete(this);
  }

  /** Live events, all of one commit group. `changes.of` gives those of a namespace. */
  offer(changes: Fanout): void {
    if (this.#closed) return;
    if (this.#caughtUp) {
      const { last } = changes;
      this.#hand(changes.of(this.#options.namespace), last);
      return;
    }
    const { resource, state, maxLag } = this.#options;
    const behind = resource.events.length - firstAfter(resource.events, this.#position);
    if (behind > maxLag || this.#position < state.compacted) this.end("slow");
  }

  /** Tells a caught-up listener where it is, when that moved. */
  progress(): void {
    if (this.#closed || !this.#caughtUp) return;
    const { head } = this.#options.state;
    if (head === this.#told) return;
    this.#told = head;
    this.#guard(() => this.#options.listener.onProgress?.(head));
  }

  end(why: "slow" | "closed", error?: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#options.onEnd(why, error);
    try {
      this.#options.listener.onEnd(why);
    } catch {
      // It has ended all the same.
    }
  }

  #pump(): void {
    const { resource, namespace, state } = this.#options;
    while (!this.#busy && !this.#closed && !this.#caughtUp) {
      if (this.#position < state.compacted) {
        this.end("slow");
        return;
      }
      const at = firstAfter(resource.events, this.#position);
      const missed = resource.events.slice(at, at + slice);
      const last = missed.at(-1);
      if (last === undefined) {
        this.#caughtUp = true;
        return;
      }
      this.#hand(namespace === undefined ? missed : missed.filter((e) => e.key.namespace === namespace), last.revision);
    }
  }

  /** Hands events over; stops being caught up when the listener asks to wait. */
  #hand(events: readonly StoreEvent[], upTo: number): void {
    this.#position = upTo;
    if (events.length === 0) return;
    this.#guard(() => {
      const taken = this.#options.listener.onEvents(events);
      if (taken === undefined) return;
      this.#busy = true;
      this.#caughtUp = false;
      taken.then(
        () => {
          this.#busy = false;
          this.#pump();
        },
        (error: unknown) => this.end("closed", error),
      );
    });
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.end("closed", error);
    }
  }
}
