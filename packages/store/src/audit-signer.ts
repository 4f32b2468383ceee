import type { DatabaseSync } from "node:sqlite";
import { type Checkpoint, readAuditRows, signCheckpoint } from "@bulkhead/audit";
import type { StoreOptions } from "./store-options.ts";
import type { WriteQueue } from "./write-queue.ts";

/** Records that one transaction removes. */
const pruneStep = 256;

export interface AuditSignerOptions {
  readonly queue: WriteQueue;
  /** Reads what is durable. */
  readonly db: DatabaseSync;
  readonly instanceId: string;
  /** Records that the last checkpoint covers. */
  readonly signed: number;
  readonly clock: () => number;
  readonly audit: NonNullable<StoreOptions["audit"]>;
}

/** Signs the audit chain now and then, and lets go what a signed statement stands for. */
export class AuditSigner {
  readonly #options: AuditSignerOptions;
  #signed: { count: number; at: number };
  #signing = false;

  constructor(options: AuditSignerOptions) {
    this.#options = options;
    this.#signed = { count: options.signed, at: options.clock() };
  }

  /** Whether there are records that no checkpoint covers. */
  get behind(): boolean {
    return this.#unsigned > 0;
  }

  /** Whether so many records have come that a checkpoint is due. */
  get dueByCount(): boolean {
    return !this.#signing && this.#unsigned >= (this.#options.audit.everyRecords ?? 1000);
  }

  /** Whether there are new records, and the last checkpoint is old. */
  get dueByTime(): boolean {
    const { audit, clock } = this.#options;
    return !this.#signing && this.behind && clock() - this.#signed.at >= (audit.everySeconds ?? 60) * 1000;
  }

  /** A checkpoint of the chain as it is now; undefined without a signing key. */
  async sign(): Promise<Checkpoint | undefined> {
    const { audit, instanceId, queue, clock } = this.#options;
    if (audit.signingKey === undefined) return undefined;
    const checkpoint = signCheckpoint(audit.signingKey, instanceId, queue.audit, new Date());
    this.#signed = { count: checkpoint.count, at: clock() };
    await this.#keep(checkpoint);
    return checkpoint;
  }

  /** Signs and prunes; one run at a time. */
  async run(): Promise<void> {
    this.#signing = true;
    try {
      await this.sign();
      await this.#prune();
    } finally {
      this.#signing = false;
    }
  }

  get #unsigned(): number {
    return this.#options.queue.audit.count - this.#signed.count;
  }

  async #keep(checkpoint: Checkpoint): Promise<void> {
    const { count, kind } = checkpoint;
    const { queue, audit } = this.#options;
    await queue.job(() => ({ do: "checkpoint", count, kind, checkpoint: JSON.stringify(checkpoint) }));
    audit.onCheckpoint?.(checkpoint);
  }

  /** What a signed statement stands for may go, oldest first. */
  async #prune(): Promise<void> {
    const { queue, db, instanceId, audit } = this.#options;
    const { keepRecords, signingKey } = audit;
    if (keepRecords === undefined || signingKey === undefined) return;
    const upTo = queue.audit.count - keepRecords;
    const last = upTo < 1 ? undefined : [...readAuditRows(db, upTo, 1)][0];
    if (last === undefined || last.seq !== upTo) return;
    const head = { count: last.seq, hash: last.hash };
    await this.#keep(signCheckpoint(signingKey, instanceId, head, new Date(), "prune"));
    for (let gone = pruneStep; gone === pruneStep; ) {
      const answer = await queue.job(() => ({ do: "prune-audit", upTo, limit: pruneStep }));
      gone = answer.count;
    }
  }
}
