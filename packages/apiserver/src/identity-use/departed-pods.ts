import type { Pod } from "@bulkhead/api";
import type { Store, StoredObject, WatchHandle } from "@bulkhead/store";
import { parse } from "../resources/object-bytes.ts";
import type { BoundPod } from "./identity-signal.ts";

/** So many at once; the oldest are forgotten first. */
const most = 4096;

export interface DepartedPodsOptions {
  readonly store: Pick<Store, "watch">;
  readonly now: () => number;
  /** Milliseconds that a pod is remembered after it went. */
  readonly memory: number;
}

/**
 * The pods that went within the last `memory` milliseconds, as they were last. Taken away by force, a pod runs on until its node
 * has heard of it, and asks on from its own address. Nothing is read of one until somebody asks.
 */
export class DepartedPods {
  readonly #options: DepartedPodsOptions;
  #departed: { readonly object: StoredObject; readonly at: number }[] = [];
  #handle: WatchHandle | undefined;
  #closed = false;

  constructor(options: DepartedPodsOptions) {
    this.#options = options;
    this.#follow();
  }

  find({ namespace, name, uid }: BoundPod): Pod | undefined {
    const since = this.#options.now() - this.#options.memory;
    for (const { object, at } of this.#departed) {
      if (at < since || object.key.name !== name || object.key.namespace !== namespace) continue;
      const pod = parse<Pod>(object);
      if (pod.metadata.uid === uid) return pod;
    }
    return undefined;
  }

  close(): void {
    this.#closed = true;
    this.#handle?.close();
  }

  #follow(): void {
    if (this.#closed) return;
    this.#handle = this.#options.store.watch(
      { group: "", resource: "pods", namespace: undefined, from: undefined },
      {
        onEvents: (events) => {
          const at = this.#options.now();
          const gone = events.flatMap(({ previous, current }) =>
            previous === undefined || current !== undefined ? [] : [{ object: previous, at }],
          );
          if (gone.length === 0) return;
          const recent = this.#departed.filter((each) => each.at >= at - this.#options.memory);
          this.#departed = [...recent, ...gone].slice(-most);
        },
        // Whoever fell behind goes on from now: what is missed is told although it is harmless.
        onEnd: (why) => {
          if (why !== "closed") this.#follow();
        },
      },
    );
  }
}
