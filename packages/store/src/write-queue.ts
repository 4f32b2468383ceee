import type { AuditHead } from "@bulkhead/audit";
import { type BatchEntry, packBatch } from "./batch-format.ts";
import type { PlannedCommit } from "./commit-planner.ts";
import { StoreError } from "./store-error.ts";
import type { WriterAnswer, WriterTask } from "./writer.ts";
import type { WriterLink } from "./writer-link.ts";

/** Bytes that one transaction may take, so that no commit waits behind an endless one. */
const batchBytes = 4 * 1024 * 1024;
/** Records without a write that may wait for a commit, in bytes; beyond, `addAudit` refuses. */
const waitingAuditBytes = 8 * 1024 * 1024;

interface Job {
  readonly task: () => WriterTask;
  settle(error: StoreError | undefined, answer: WriterAnswer | undefined): void;
}

export interface QueueListener {
  /** These are durable, in this order. */
  durable(commits: readonly PlannedCommit[]): void;
  /** A transaction failed, and with it all that was pending. */
  failed(error: StoreError): void;
}

/**
 * The way to the writer: whatever queued while a transaction ran becomes the next one. Jobs (compaction and the like)
 * take turns with it.
 */
export class WriteQueue {
  readonly #link: WriterLink;
  readonly #listener: QueueListener;
  #commits: PlannedCommit[] = [];
  #audits: Uint8Array[] = [];
  #auditBytes = 0;
  #jobs: Job[] = [];
  #running = false;
  #scheduled = false;
  #jobsTurn = false;
  #idle: (() => void)[] = [];
  #inFlight: readonly PlannedCommit[] = [];
  audit: AuditHead;
  commits = 0;
  batches = 0;
  failedBatches = 0;
  /** Why the last transaction failed; undefined once one succeeds. */
  failing: StoreError | undefined;

  constructor(link: WriterLink, audit: AuditHead, listener: QueueListener) {
    this.#link = link;
    this.audit = audit;
    this.#listener = listener;
  }

  get pending(): number {
    return this.#commits.length + this.#inFlight.length;
  }

  get waitingAudits(): number {
    return this.#audits.length;
  }

  add(commit: PlannedCommit): void {
    this.#commits.push(commit);
    this.#schedule();
  }

  /** Takes a record along with a following transaction; false when too much waits. */
  addAudit(record: Uint8Array): boolean {
    if (this.#auditBytes + record.byteLength > waitingAuditBytes) return false;
    this.#audits.push(record);
    this.#auditBytes += record.byteLength;
    return true;
  }

  /** Writes the records that wait, though no commit came. */
  flushAudits(): void {
    if (this.#audits.length > 0) this.#schedule();
  }

  /** Runs a task when its turn comes. `task` is called just before. */
  job(task: () => WriterTask): Promise<WriterAnswer> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({
        task,
        settle: (error, answer) => (answer === undefined ? reject(error as Error) : resolve(answer)),
      });
      this.#schedule();
    });
  }

  /** Settles when every commit that was added before is durable or has failed, whatever is added meanwhile. */
  async settledSoFar(): Promise<void> {
    const last = this.#commits.at(-1) ?? this.#inFlight.at(-1);
    if (last !== undefined) await new Promise<void>((resolve) => last.waiters.push(() => resolve()));
  }

  /** Settles when nothing is queued or under way. */
  async drained(): Promise<void> {
    if (!this.#running && !this.#scheduled && this.#commits.length === 0 && this.#jobs.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** At the end of this turn of the event loop: requests that came in together are one transaction. */
  #schedule(): void {
    if (this.#running || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#next();
    });
  }

  #next(): void {
    if (this.#running) return;
    const work = this.#commits.length > 0 || this.#audits.length > 0;
    const job = this.#jobsTurn || !work ? this.#jobs.shift() : undefined;
    this.#jobsTurn = job === undefined && this.#jobs.length > 0;
    if (job !== undefined) this.#runJob(job);
    else if (work) this.#runBatch();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  #runJob(job: Job): void {
    this.#running = true;
    this.#link.run(job.task(), (error, answer) => {
      this.#running = false;
      if (answer !== undefined) this.audit = answer.audit;
      job.settle(error, answer);
      this.#next();
    });
  }

  #runBatch(): void {
    const audits = this.#audits;
    const waited = this.#auditBytes;
    this.#audits = [];
    this.#auditBytes = 0;
    const commits = this.#takeCommits();
    const entries: BatchEntry[] = [...audits.map((audit) => ({ writes: [], audit })), ...commits];
    this.#running = true;
    this.#inFlight = commits;
    this.#link.run({ do: "batch", packed: packBatch(entries) }, (error, answer) => {
      this.#running = false;
      this.#inFlight = [];
      if (answer !== undefined) this.#succeeded(commits, answer);
      else {
        this.#audits = [...audits, ...this.#audits];
        this.#auditBytes += waited;
        this.#failed(commits, error as StoreError);
      }
      // Records that wait for the disk are tried again by flushAudits, not in a circle.
      if (this.failing === undefined || this.#commits.length > 0 || this.#jobs.length > 0) this.#next();
      else for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  #takeCommits(): PlannedCommit[] {
    let bytes = 0;
    let count = 0;
    for (const { writes, audit } of this.#commits) {
      for (const write of writes) bytes += write.bytes.byteLength;
      bytes += audit?.byteLength ?? 0;
      count++;
      if (bytes > batchBytes) break;
    }
    const taken = this.#commits;
    this.#commits = taken.splice(count);
    return taken;
  }

  #succeeded(commits: readonly PlannedCommit[], answer: WriterAnswer): void {
    this.failing = undefined;
    this.audit = answer.audit;
    this.batches++;
    this.commits += commits.length;
    this.#listener.durable(commits);
    settleAll(commits, undefined);
  }

  #failed(commits: readonly PlannedCommit[], error: StoreError): void {
    this.failing = error;
    this.failedBatches++;
    const behind = this.#commits;
    this.#commits = [];
    this.#listener.failed(error);
    settleAll(commits, error);
    settleAll(behind, error);
  }
}

function settleAll(commits: readonly PlannedCommit[], error: StoreError | undefined): void {
  for (const commit of commits) {
    commit.settle(error);
    for (const waiter of commit.waiters) waiter(error);
  }
}
