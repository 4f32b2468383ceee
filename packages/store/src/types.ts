import type { AuditHead, AuditRow, Checkpoint } from "@bulkhead/audit";

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

/**
 * Why the store refused. conflict: another revision than expected; exists: expected absence; absent: expected presence;
 * compacted: the revision is no longer kept; future: not reached yet; full: the disk is full, reads go on; io: the disk
 * failed; closed; corrupt: the file is damaged or not ours; too-new: written by a newer Bulkhead; too-old: by one whose
 * format is no longer read; locked: another process
 * has it open; too-large: one object beyond the limit; invalid-key: a key that is not made of validated segments;
 * unsealable: sealed bytes that no key at hand opens.
 */
export type StoreErrorCode =
  | "conflict"
  | "exists"
  | "absent"
  | "compacted"
  | "future"
  | "full"
  | "io"
  | "closed"
  | "corrupt"
  | "too-new"
  | "too-old"
  | "locked"
  | "too-large"
  | "invalid-key"
  | "unsealable";

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

/** What a watch asks for. `from`: events after this revision; undefined: from head. */
export interface WatchQuery {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly from: number | undefined;
}

export interface WatchListener {
  /**
   * Events in order, never empty, never held back once durable. A listener that cannot take more for now returns a
   * promise: it gets nothing until that settles, then all it missed at once. The array is shared: do not change it.
   */
  onEvents(events: readonly StoreEvent[]): void | Promise<void>;
  onEnd(why: "slow" | "closed" | "compacted"): void;
  /** Told now and then, when it moved: every event up to this revision was handed over. For bookmarks. */
  onProgress?(revision: number): void;
}

export interface WatchHandle {
  /** Every event up to this revision was handed to the listener. */
  readonly revision: number;
  close(): void;
}

/** What the store is made of now, for /metrics. Counts since start unless said. */
export interface StoreStats {
  readonly head: number;
  readonly compacted: number;
  readonly objects: number;
  /** Bytes of the current objects, and of what history keeps beside them, in memory. */
  readonly objectBytes: number;
  readonly historyEvents: number;
  readonly historyBytes: number;
  readonly watchers: number;
  /** Commits that wait for the writer or are being written. */
  readonly pending: number;
  readonly commits: number;
  readonly batches: number;
  readonly failedBatches: number;
  /** Seconds the writer spent in transactions. */
  readonly writeSeconds: number;
  readonly slowWatchers: number;
  /** Log rows that compaction has yet to remove. */
  readonly garbageRows: number;
  readonly databaseBytes: number;
  readonly walBytes: number;
  readonly auditRecords: number;
  readonly auditPending: number;
  /** Sealed objects under a seed that rotation has retired. */
  readonly staleSeals: number;
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
  commit(
    commit: Commit,
  ): Promise<{ readonly revision: number; readonly objects: readonly (StoredObject | undefined)[] }>;
  /** Opens sealed bytes (returns others as they are). */
  open(object: { readonly key: StoreKey; readonly bytes: Uint8Array }): Uint8Array;
  /**
   * Events after `from`, in order, then live ones. Throws `compacted` (410) when `from` is too old, `future` when it is
   * beyond head. The first events come after this returns. A watcher that falls behind its bound gets `onEnd("slow")`.
   */
  watch(query: WatchQuery, listener: WatchListener): WatchHandle;
  /** The oldest revision that can be listed and watched from. */
  readonly compacted: number;
  /** Names this store and its lineage; a restored backup keeps it. */
  readonly instanceId: string;
  /**
   * Chains an audit record that goes with no write. `durable`: settles when it is on disk, rejects when it cannot be;
   * otherwise it goes with a following commit, at latest within a second, and the promise settles at once (it rejects
   * only when too much waits, as it does while the disk is full).
   */
  appendAudit(record: Uint8Array, options: { readonly durable: boolean }): Promise<void>;
  /** Durable records with `seq` at or after `from` (1 is the first), in order, up to the head at each step. */
  readAudit(from: number): Iterable<AuditRow>;
  readAuditCheckpoints(): readonly Checkpoint[];
  /** Count and hash of the durable chain. */
  readonly auditHead: AuditHead;
  /** Signs the chain's head now; undefined without a signing key. Keep what it returns elsewhere: it is the anchor. */
  signAudit(): Promise<Checkpoint | undefined>;
  /** A new seed for sealed resources, everything rewritten under it (history too), the old seed removed. Goes on after a crash. */
  rotateSeals(): Promise<{ readonly rewritten: number }>;
  /** Wraps the seeds anew with the provider's present key, after the master key was rotated. */
  rewrapSeeds(): Promise<void>;
  /** Forgets history up to a revision (default: what the window no longer needs) and gives space back. */
  compact(to?: number): Promise<void>;
  /** Writes a consistent copy to a file that must not exist. A store opened from it continues with higher revisions. */
  backup(path: string): Promise<void>;
  stats(): StoreStats;
  close(): Promise<void>;
}
