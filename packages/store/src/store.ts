import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Log } from "@bulkhead/api";
import { type AuditHead, type AuditRow, type Checkpoint, readAuditRows, readCheckpoints } from "@bulkhead/audit";
import type { Keyring } from "@bulkhead/keyring";
import { AuditSigner } from "./audit-signer.ts";
import { backupDatabase } from "./backup.ts";
import { CommitPlanner, type PlannedCommit } from "./commit-planner.ts";
import { Compaction } from "./compaction.ts";
import { Fanout } from "./fanout.ts";
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
import { Watcher } from "./watcher.ts";
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
const walLimit = 32 * 1024 * 1024;

export class SqliteStore implements Store {
  readonly instanceId: string;
  readonly #parts: StoreParts;
  readonly #state: MemoryState;
  readonly #planner: CommitPlanner;
  readonly #queue: WriteQueue;
  readonly #resealer: Resealer;
  readonly #clock: () => number;
  readonly #compaction: Compaction;
  readonly #signer: AuditSigner;
  readonly #tick: NodeJS.Timeout;
  #auditTimer: NodeJS.Timeout | undefined;
  #walChecked = 0;
  #slowWatchers = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.instanceId = parts.instanceId;
    this.#state = parts.state;
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
    const { history } = parts.options;
    this.#compaction = new Compaction({
      state: this.#state,
      queue: this.#queue,
      bounds: {
        milliseconds: history?.milliseconds ?? 300_000,
        revisions: history?.revisions ?? 100_000,
        bytes: history?.bytes ?? 16 * 1024 * 1024,
      },
      clock: this.#clock,
      garbage: parts.garbage,
    });
    this.#signer = new AuditSigner({
      queue: this.#queue,
      db: parts.db,
      instanceId: parts.instanceId,
      signed: parts.signed,
      clock: this.#clock,
      audit: parts.options.audit ?? {},
    });
    this.#resealer = new Resealer({
      state: this.#state,
      queue: this.#queue,
      keyring: parts.keyring,
      sealed: (key) => this.#sealed(key),
      collect: () => this.#compaction.collect(),
    });
    this.#tick = setInterval(() => this.#onTick(), tickMilliseconds).unref();
    this.#collectGarbage();
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

  signAudit(): Promise<Checkpoint | undefined> {
    return this.#signer.sign();
  }

  rotateSeals(): Promise<{ readonly rewritten: number }> {
    return this.#resealer.rotate();
  }

  rewrapSeeds(): Promise<void> {
    return this.#resealer.rewrap(this.#parts.db);
  }

  async compact(to?: number): Promise<void> {
    this.#compaction.mark();
    this.#compaction.forget(to);
    await this.#compaction.collect();
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
      garbageRows: this.#compaction.garbageRows,
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
    if (this.#signer.behind) await this.#signer.sign().catch(() => undefined);
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
      const fanout = new Fanout(change.events);
      for (const watcher of change.resource.watchers) watcher.offer(fanout);
    }
    this.#compaction.forgetExcess();
    if (this.#compaction.due) this.#collectGarbage();
    if (this.#signer.dueByCount) this.#sign();
  }

  #failed(error: StoreError): void {
    this.#planner.forget();
    this.#parts.log?.error({ code: error.code }, error.message);
    if (this.#parts.link.dead !== undefined && this.#closing === undefined) this.#parts.options.onFailure?.(error);
  }

  #onTick(): void {
    this.#compaction.mark();
    this.#compaction.forget();
    this.#collectGarbage();
    this.#queue.flushAudits();
    for (const resource of this.#state.resources()) for (const watcher of resource.watchers) watcher.progress();
    if (this.#signer.dueByTime) this.#sign();
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

  #collectGarbage(): void {
    if (this.#compaction.garbageRows > 0) this.#background(this.#compaction.collect(), "compaction");
  }

  #sign(): void {
    this.#background(this.#signer.run(), "an audit checkpoint");
  }

  #background(work: Promise<unknown>, what: string): void {
    work.catch((error: unknown) => {
      if (this.#closing === undefined) this.#parts.log?.warn({ error }, `${what} did not finish; it is tried again`);
    });
  }
}
