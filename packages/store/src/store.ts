import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Log } from "@bulkhead/api";
import {
  type AuditHead,
  type AuditRow,
  type Checkpoint,
  readAuditRows,
  readCheckpoints,
  signCheckpoint,
} from "@bulkhead/audit";
import type { Keyring } from "@bulkhead/keyring";
import { backupDatabase } from "./backup.ts";
import { CommitPlanner, type PlannedCommit } from "./commit-planner.ts";
import type { MemoryState } from "./memory-state.ts";
import { Resealer } from "./resealer.ts";
import { StoreError } from "./store-error.ts";
import { storagePath } from "./store-key.ts";
import type { StoreOptions } from "./store-options.ts";
import type {
  Commit,
  ListQuery,
  ListView,
  Store,
  StoredObject,
  StoreKey,
  StoreStats,
  WatchHandle,
  WatchListener,
  WatchQuery,
} from "./types.ts";
import { Fanout, Watcher } from "./watcher.ts";
import { WriteQueue } from "./write-queue.ts";
import type { WriterLink } from "./writer-link.ts";

/** What `openStore` hands over. */
export interface StoreParts {
  readonly file: string;
  readonly db: DatabaseSync;
  readonly lock: { release(): void };
  readonly link: WriterLink;
  readonly audit: AuditHead;
  /** Audit records that the last checkpoint covers. */
  readonly signed: number;
  readonly state: MemoryState;
  readonly garbage: number[];
  readonly keyring: Keyring | undefined;
  readonly instanceId: string;
  readonly log: Log | undefined;
  readonly options: StoreOptions;
}

const lazyAuditMilliseconds = 200;
const tickMilliseconds = 1000;
const compactionStep = 256;
const vacuumStep = 64;
/** Free pages that stay for the next writes. */
const freePagesKept = 1024;
const walLimit = 32 * 1024 * 1024;

export class SqliteStore implements Store {
  readonly instanceId: string;
  readonly #parts: StoreParts;
  readonly #state: MemoryState;
  readonly #planner: CommitPlanner;
  readonly #queue: WriteQueue;
  readonly #resealer: Resealer;
  readonly #clock: () => number;
  /** When which revision was head: what compaction by age goes by. */
  readonly #marks: { readonly at: number; readonly head: number }[] = [];
  readonly #tick: NodeJS.Timeout;
  #garbage: number[];
  #collecting: Promise<void> | undefined;
  #auditTimer: NodeJS.Timeout | undefined;
  #signed: { count: number; at: number };
  #signing = false;
  #walChecked = 0;
  #slowWatchers = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.instanceId = parts.instanceId;
    this.#state = parts.state;
    this.#garbage = parts.garbage;
    this.#clock = parts.options.clock ?? (() => performance.now());
    this.#planner = new CommitPlanner({
      revision: parts.state.head,
      maxObjectBytes: parts.options.maxObjectBytes ?? 3 * 1024 * 1024,
      durable: (key) => this.#state.get(key),
      seal: (key, path, bytes) => (this.#sealed(key) ? this.#seals().seal(path, bytes) : bytes),
    });
    this.#queue = new WriteQueue(parts.link, parts.audit, {
      durable: (commits) => this.#durable(commits),
      failed: (error) => this.#failed(error),
    });
    this.#resealer = new Resealer({
      state: this.#state,
      queue: this.#queue,
      keyring: parts.keyring,
      sealed: (key) => this.#sealed(key),
      collect: () => this.#collect(),
    });
    this.#signed = { count: parts.signed, at: this.#clock() };
    this.#mark();
    this.#tick = setInterval(() => this.#onTick(), tickMilliseconds).unref();
    if (this.#garbage.length > 0) this.#background(this.#collect(), "compaction");
    if (this.#resealer.stale() > 0) this.#background(this.#resealer.run(), "re-encryption");
  }

  get head(): number {
    return this.#state.head;
  }

  get compacted(): number {
    return this.#state.compacted;
  }

  get auditHead(): AuditHead {
    return this.#queue.audit;
  }

  get(key: StoreKey): StoredObject | undefined {
    return this.#state.get(key);
  }

  list(query: ListQuery): ListView {
    return this.#state.list(query);
  }

  async commit(commit: Commit): ReturnType<Store["commit"]> {
    this.#refuseClosed();
    return new Promise((resolve, reject) => {
      const planned = this.#planner.plan(commit, (error) => {
        if (error !== undefined) reject(error);
        else resolve({ revision: this.#revisionOf(entry), objects: entry.writes.map((write) => write.object) });
      });
      if ("behind" in planned) {
        planned.behind.waiters.push((failure) => reject(failure ?? planned.error));
        return;
      }
      const entry = planned;
      this.#queue.add(entry);
    });
  }

  open(object: { readonly key: StoreKey; readonly bytes: Uint8Array }): Uint8Array {
    const { key, bytes } = object;
    if (!this.#sealed(key)) return bytes;
    try {
      return this.#seals().open(storagePath(key), bytes);
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreError("unsealable", cause instanceof Error ? cause.message : "cannot be unsealed", cause);
    }
  }

  watch(query: WatchQuery, listener: WatchListener): WatchHandle {
    this.#refuseClosed();
    const from = query.from ?? this.head;
    this.#state.check(from);
    return new Watcher({
      state: this.#state,
      resource: this.#state.resource(query.group, query.resource),
      namespace: query.namespace,
      from,
      listener,
      maxLag: this.#parts.options.watchLag ?? 10_000,
      onEnd: (why, error) => {
        if (why === "slow") this.#slowWatchers++;
        if (error !== undefined)
          this.#parts.log?.error({ error, resource: query.resource }, "a watcher failed and was closed");
      },
    });
  }

  async appendAudit(record: Uint8Array, { durable }: { readonly durable: boolean }): Promise<void> {
    this.#refuseClosed();
    if (durable)
      return new Promise((resolve, reject) => {
        const settle = (error: StoreError | undefined): void => (error === undefined ? resolve() : reject(error));
        this.#queue.add({ writes: [], audit: record, settle, waiters: [] });
      });
    if (!this.#queue.addAudit(record))
      throw this.#queue.failing ?? new StoreError("full", "too many audit records wait for the disk");
    this.#auditTimer ??= setTimeout(() => {
      this.#auditTimer = undefined;
      this.#queue.flushAudits();
    }, lazyAuditMilliseconds).unref();
  }

  readAudit(from: number): Iterable<AuditRow> {
    this.#refuseClosed();
    return readAuditRows(this.#parts.db, from);
  }

  readAuditCheckpoints(): readonly Checkpoint[] {
    this.#refuseClosed();
    return readCheckpoints(this.#parts.db);
  }

  async signAudit(): Promise<Checkpoint | undefined> {
    const key = this.#parts.options.audit?.signingKey;
    if (key === undefined) return undefined;
    const checkpoint = signCheckpoint(key, this.instanceId, this.#queue.audit, new Date());
    this.#signed = { count: checkpoint.count, at: this.#clock() };
    await this.#keepCheckpoint(checkpoint);
    return checkpoint;
  }

  rotateSeals(): Promise<{ readonly rewritten: number }> {
    return this.#resealer.rotate();
  }

  rewrapSeeds(): Promise<void> {
    return this.#resealer.rewrap(this.#parts.db);
  }

  async compact(to?: number): Promise<void> {
    this.#mark();
    this.#forget(to ?? this.#windowStart());
    await this.#collect();
  }

  async backup(path: string): Promise<void> {
    await backupDatabase(this.#parts.file, path);
  }

  stats(): StoreStats {
    const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const { objects, objectBytes, historyEvents, historyBytes } = this.#state;
    let watchers = 0;
    for (const resource of this.#state.resources()) watchers += resource.watchers.size;
    return {
      head: this.head,
      compacted: this.compacted,
      objects,
      objectBytes,
      historyEvents,
      historyBytes,
      watchers,
      pending: this.#queue.pending,
      commits: this.#queue.commits,
      batches: this.#queue.batches,
      failedBatches: this.#queue.failedBatches,
      writeSeconds: this.#parts.link.seconds,
      slowWatchers: this.#slowWatchers,
      garbageRows: this.#garbage.length,
      databaseBytes: size(this.#parts.file),
      walBytes: size(`${this.#parts.file}-wal`),
      auditRecords: this.#queue.audit.count,
      auditPending: this.#queue.waitingAudits,
      staleSeals: this.#resealer.stale(),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    clearInterval(this.#tick);
    clearTimeout(this.#auditTimer);
    this.#resealer.stop();
    this.#queue.flushAudits();
    await this.#queue.drained();
    if (this.#queue.audit.count > this.#signed.count) await this.signAudit().catch(() => undefined);
    await this.#queue.drained();
    for (const resource of this.#state.resources()) for (const watcher of resource.watchers) watcher.end("closed");
    await this.#parts.link.close();
    this.#parts.db.close();
    this.#parts.lock.release();
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new StoreError("closed", "the store is closed");
  }

  #sealed(key: StoreKey): boolean {
    return this.#parts.options.sealed?.(key.group, key.resource) === true;
  }

  #seals(): Keyring {
    if (this.#parts.keyring === undefined)
      throw new StoreError("unsealable", "the store was opened without a key provider");
    return this.#parts.keyring;
  }

  #revisionOf(commit: PlannedCommit): number {
    return commit.writes.at(-1)?.revision ?? this.head;
  }

  #durable(commits: readonly PlannedCommit[]): void {
    const changes = this.#state.apply(commits.flatMap((commit) => commit.writes));
    for (const commit of commits) this.#planner.done(commit);
    for (const change of changes) {
      if (change.resource.watchers.size === 0) continue;
      const fanout = new Fanout(change);
      for (const watcher of change.resource.watchers) watcher.offer(fanout);
    }
    const { revisions, bytes } = this.#parts.options.history ?? {};
    this.#forget(this.#state.excess(revisions ?? 100_000, bytes ?? 16 * 1024 * 1024));
    if (this.#garbage.length >= compactionStep) this.#background(this.#collect(), "compaction");
    if (this.#queue.audit.count - this.#signed.count >= (this.#parts.options.audit?.everyRecords ?? 1000)) this.#sign();
  }

  #failed(error: StoreError): void {
    this.#planner.forget();
    this.#parts.log?.error({ code: error.code }, error.message);
    if (this.#parts.link.dead !== undefined && this.#closing === undefined) this.#parts.options.onFailure?.(error);
  }

  #onTick(): void {
    this.#mark();
    this.#forget(this.#windowStart());
    if (this.#garbage.length > 0) this.#background(this.#collect(), "compaction");
    this.#queue.flushAudits();
    for (const resource of this.#state.resources()) for (const watcher of resource.watchers) watcher.progress();
    const everySeconds = this.#parts.options.audit?.everySeconds ?? 60;
    if (this.#queue.audit.count > this.#signed.count && this.#clock() - this.#signed.at >= everySeconds * 1000)
      this.#sign();
    this.#boundWal();
  }

  /** SQLite starts the log over by itself unless a reader holds it; and a full disk may have room in it. */
  #boundWal(): void {
    const full = this.#queue.failing?.code === "full";
    const now = this.#clock();
    if (!full && now - this.#walChecked < 10_000) return;
    this.#walChecked = now;
    const bytes = statSync(`${this.#parts.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (!full && bytes <= walLimit) return;
    const truncate = this.#queue
      .job(() => ({ do: "truncate-wal" }))
      .then(({ count }) => {
        if (count === 0)
          this.#parts.log?.warn({ bytes }, "the write-ahead log grows: another program reads the database");
      });
    this.#background(truncate, "write-ahead log");
  }

  #mark(): void {
    const at = this.#clock();
    if (this.#marks.at(-1)?.head !== this.head) this.#marks.push({ at, head: this.head });
  }

  /** The newest revision that was superseded as head longer ago than the window. */
  #windowStart(): number {
    const oldest = this.#clock() - (this.#parts.options.history?.milliseconds ?? 300_000);
    let start = this.#state.compacted;
    while (this.#marks[1] !== undefined && this.#marks[1].at <= oldest) this.#marks.shift();
    const mark = this.#marks[0];
    if (mark !== undefined && mark.at <= oldest) start = Math.max(start, mark.head);
    return start;
  }

  #forget(to: number): void {
    for (const revision of this.#state.forget(to)) this.#garbage.push(revision);
  }

  /** Removes garbage rows step by step, then gives pages back. One run at a time. */
  #collect(): Promise<void> {
    this.#collecting ??= this.#collectAll().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #collectAll(): Promise<void> {
    while (this.#garbage.length > 0) {
      const rows = Float64Array.from(this.#garbage.slice(0, compactionStep));
      const { compacted, head } = this.#state;
      await this.#queue.job(() => ({ do: "compact", compacted, head, rows }));
      this.#garbage = this.#garbage.slice(rows.length);
    }
    for (let free = Number.POSITIVE_INFINITY; free > freePagesKept; ) {
      const { count } = await this.#queue.job(() => ({ do: "vacuum", pages: vacuumStep }));
      if (count >= free) return;
      free = count;
    }
  }

  #sign(): void {
    if (this.#signing) return;
    this.#signing = true;
    const signed = this.signAudit().then(() => this.#pruneAudit());
    this.#background(
      signed.finally(() => {
        this.#signing = false;
      }),
      "an audit checkpoint",
    );
  }

  async #keepCheckpoint(checkpoint: Checkpoint): Promise<void> {
    const { count, kind } = checkpoint;
    await this.#queue.job(() => ({ do: "checkpoint", count, kind, checkpoint: JSON.stringify(checkpoint) }));
    this.#parts.options.audit?.onCheckpoint?.(checkpoint);
  }

  /** What a signed statement stands for may go, oldest first. */
  async #pruneAudit(): Promise<void> {
    const { keepRecords, signingKey } = this.#parts.options.audit ?? {};
    if (keepRecords === undefined || signingKey === undefined) return;
    const upTo = this.#queue.audit.count - keepRecords;
    const last = upTo < 1 ? undefined : [...readAuditRows(this.#parts.db, upTo, 1)][0];
    if (last === undefined || last.seq !== upTo) return;
    const head = { count: last.seq, hash: last.hash };
    await this.#keepCheckpoint(signCheckpoint(signingKey, this.instanceId, head, new Date(), "prune"));
    for (let gone = compactionStep; gone === compactionStep; ) {
      const answer = await this.#queue.job(() => ({ do: "prune-audit", upTo, limit: compactionStep }));
      gone = answer.count;
    }
  }

  #background(work: Promise<unknown>, what: string): void {
    work.catch((error: unknown) => {
      if (this.#closing === undefined) this.#parts.log?.warn({ error }, `${what} did not finish; it is tried again`);
    });
  }
}
