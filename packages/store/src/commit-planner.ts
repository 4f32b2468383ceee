import type { BatchEntry, PreparedWrite } from "./batch-format.ts";
import { ownMemory } from "./own-memory.ts";
import { StoreError } from "./store-error.ts";
import { describeKey, storagePath } from "./store-key.ts";
import type { Commit, Put, Remove, StoredObject, StoreKey } from "./types.ts";

/** A commit that has its revisions and waits for the writer, or is being written. */
export interface PlannedCommit extends BatchEntry {
  /** Called once: durable, or why not. */
  settle(error: StoreError | undefined): void;
  /** Told after `settle`: others whose fate hangs on this commit. */
  readonly waiters: ((error: StoreError | undefined) => void)[];
}

/** Decided against something that is not durable yet: rejects with `error` once it is. */
export interface PendingConflict {
  readonly error: StoreError;
  readonly behind: PlannedCommit;
}

export interface PlannerOptions {
  /** The highest revision given out so far. */
  readonly revision: number;
  readonly maxObjectBytes: number;
  durable(key: StoreKey): StoredObject | undefined;
  /** Seals what must be; returns other bytes as they are. */
  seal(key: StoreKey, path: string, bytes: Uint8Array): Uint8Array;
}

interface Step {
  readonly write: Put | Remove;
  readonly path: string;
}

interface PendingState {
  readonly object: StoredObject | undefined;
  readonly commit: PlannedCommit;
}

/** Decides compare-and-swap against what is durable plus what is pending, and gives out revisions. */
export class CommitPlanner {
  readonly #options: PlannerOptions;
  readonly #pending = new Map<string, PendingState>();
  #revision: number;
  #planning = false;

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#revision = options.revision;
  }

  /** All of the commit, or a conflict, or a StoreError thrown; in the last two nothing has changed. */
  plan(commit: Commit, settle: PlannedCommit["settle"]): PlannedCommit | PendingConflict {
    // A commit from within `bytes` would get a later revision and an earlier place.
    if (this.#planning) throw new Error("Store.commit was called from within a write's bytes()");
    this.#planning = true;
    try {
      const steps = commit.writes.map((write): Step => ({ write, path: storagePath(write.key) }));
      if (steps.length > 1 && new Set(steps.map((step) => step.path)).size !== steps.length)
        throw new StoreError("invalid-key", "a commit writes one key twice");
      for (const { write, path } of steps) {
        const pending = this.#pending.get(path);
        const found = pending === undefined ? this.#options.durable(write.key) : pending.object;
        const error = disagreement(write, found);
        if (error === undefined) continue;
        if (pending === undefined) throw error;
        return { error, behind: pending.commit };
      }
      return this.#take(steps, commit.audit, settle);
    } finally {
      this.#planning = false;
    }
  }

  /** The commit is durable and in memory: its writes are pending no more. */
  done(commit: PlannedCommit): void {
    for (const { path } of commit.writes) {
      if (this.#pending.get(path)?.commit === commit) this.#pending.delete(path);
    }
  }

  /** All that was pending has failed. Its revisions are not given out again: nobody shall see one with two contents. */
  forget(): void {
    this.#pending.clear();
  }

  #take(steps: readonly Step[], audit: Uint8Array | undefined, settle: PlannedCommit["settle"]): PlannedCommit {
    let revision = this.#revision;
    const writes = steps.map((step) => this.#prepare(step, ++revision));
    this.#revision = revision;
    const commit: PlannedCommit = { writes, audit, settle, waiters: [] };
    for (const { path, object } of writes) this.#pending.set(path, { object, commit });
    return commit;
  }

  #prepare({ write, path }: Step, revision: number): PreparedWrite {
    const { key } = write;
    const plain = write.bytes(revision);
    if (plain.byteLength > this.#options.maxObjectBytes)
      throw new StoreError(
        "too-large",
        `${describeKey(key)} has ${plain.byteLength} bytes, the limit is ${this.#options.maxObjectBytes}`,
      );
    const bytes = ownMemory(this.#options.seal(key, path, plain));
    if (write.op === "remove") return { path, key, revision, object: undefined, bytes };
    const { labels, fields } = write;
    return { path, key, revision, object: { key, revision, bytes, labels, fields }, bytes };
  }
}

function disagreement(write: Put | Remove, found: StoredObject | undefined): StoreError | undefined {
  const { key, expect, op } = write;
  if (expect === undefined) {
    if (op === "put" || found !== undefined) return undefined;
    return new StoreError("absent", `${describeKey(key)} is not there`);
  }
  if (found === undefined)
    return expect === 0 && op === "put" ? undefined : new StoreError("absent", `${describeKey(key)} is not there`);
  if (expect === 0) return new StoreError("exists", `${describeKey(key)} is there already`);
  if (expect === found.revision) return undefined;
  return new StoreError("conflict", `${describeKey(key)} has revision ${found.revision}, not ${expect}`);
}
