/** What identifies a stored object. `namespace` is "" for cluster-scoped kinds; `group` "" for core. No version: one form is stored. */
export interface StoreKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** An object as readers see it. Immutable. */
export interface StoredObject {
  readonly key: StoreKey;
  /** The resourceVersion of its last write; stands in the bytes too. */
  readonly revision: number;
  /** JSON, UTF-8, serialised once. Sealed for sealed resources: open with `Store.open`. */
  readonly bytes: Uint8Array;
  /** For selectors, without parsing: metadata.labels, and the row's selectable fields. */
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/** Writes one object. `expect`: the revision it must have now; 0: must be absent; undefined: whatever is there. */
export interface Put {
  readonly op: "put";
  readonly key: StoreKey;
  readonly expect: number | undefined;
  /** Called once with the revision given to this write; returns the bytes that contain it. */
  readonly bytes: (revision: number) => Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/** Removes one object; the last state is kept in the log with the deletion's revision in its bytes. */
export interface Remove {
  readonly op: "remove";
  readonly key: StoreKey;
  readonly expect: number | undefined;
  /** The object's last bytes with the deletion's own resourceVersion in them, as a watcher's DELETED event shows them. */
  readonly bytes: (revision: number) => Uint8Array;
}

/** Many objects, one commit: all become durable and visible together, with the audit record, or none does. */
export interface Commit {
  readonly writes: readonly (Put | Remove)[];
  /** Serialised audit event to be chained in the same SQLite transaction. */
  readonly audit?: Uint8Array;
}

export type StoreErrorCode = "conflict" | "exists" | "absent" | "compacted" | "future" | "full" | "closed" | "corrupt" | "too-large";

/** ADDED, MODIFIED, DELETED in a watcher's eyes depend on its selector: hence both sides. */
export interface StoreEvent {
  readonly revision: number;
  readonly key: StoreKey;
  readonly previous: StoredObject | undefined;
  readonly current: StoredObject | undefined;
  /** For a removal: the last bytes, holding the deletion's revision. */
  readonly last: Uint8Array | undefined;
}

export interface ListQuery {
  readonly group: string;
  readonly resource: string;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** State as of this revision; undefined: head. Throws `compacted` when it is too old. */
  readonly revision?: number;
  /** Start after this key (for pages). Order: namespace, then name, in byte order. */
  readonly after?: { readonly namespace: string; readonly name: string };
}

/** A consistent view: the items and the revision they are of. Iterate lazily; filter outside. */
export interface ListView {
  readonly revision: number;
  readonly items: Iterable<StoredObject>;
}

export interface WatchHandle {
  close(): void;
}

/**
 * The revisioned object log. Reads and watches are served from memory and show only what is durable; one writer thread
 * commits in groups. Errors are StoreError with a StoreErrorCode.
 */
export interface Store {
  /** The last durable revision. */
  readonly head: number;
  /** Durable state. */
  get(key: StoreKey): StoredObject | undefined;
  list(query: ListQuery): ListView;
  /**
   * Checks `expect` against head plus what is pending, gives the revision, takes the bytes, and settles when durable.
   * A conflict with something pending rejects only after that is durable, so that a retry reads it.
   */
  commit(commit: Commit): Promise<{ readonly revision: number; readonly objects: readonly (StoredObject | undefined)[] }>;
  /** Opens sealed bytes (returns others as they are). */
  open(object: { readonly key: StoreKey; readonly bytes: Uint8Array }): Uint8Array;
  /**
   * Events after `from`, in order, then live ones. `from` undefined: from head. Throws `compacted` (410) when too old.
   * `onProgress` is told the head now and then (for bookmarks). A watcher that falls behind its bound gets `onEnd("slow")`.
   */
  watch(
    query: { readonly group: string; readonly resource: string; readonly namespace: string | undefined; readonly from: number | undefined },
    listener: {
      onEvents(events: readonly StoreEvent[]): void;
      onEnd(why: "slow" | "closed" | "compacted"): void;
    },
  ): WatchHandle;
  close(): Promise<void>;
}
