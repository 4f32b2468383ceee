import type { StoreEvent } from "./types.ts";

/** One resource's new events, sorted out by namespace at most once for all its watchers. */
export class Fanout {
  readonly #events: readonly StoreEvent[];
  #byNamespace: Map<string, StoreEvent[]> | undefined;

  constructor(events: readonly StoreEvent[]) {
    this.#events = events;
  }

  get last(): number {
    return this.#events.at(-1)?.revision ?? 0;
  }

  of(namespace: string | undefined): readonly StoreEvent[] {
    if (namespace === undefined) return this.#events;
    this.#byNamespace ??= Map.groupBy(this.#events, (event) => event.key.namespace);
    return this.#byNamespace.get(namespace) ?? [];
  }
}
