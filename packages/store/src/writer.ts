import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type AuditHead, chainHashInPlace, hashBytes } from "@bulkhead/audit";
import { logKind, unpackBatch } from "./batch-format.ts";
import { checksum, checksumOfParts } from "./checksum.ts";

/** One seed as its row has it. */
export interface SeedRow {
  readonly id: string;
  readonly serial: number;
  readonly keyId: string;
  readonly wrapped: Uint8Array;
  /** JSON, values in base64. */
  readonly annotations: string;
}

/** What the writer can be asked to do. Each is one transaction, or none. */
export type WriterTask =
  | { readonly do: "batch"; readonly packed: ArrayBuffer }
  | { readonly do: "compact"; readonly compacted: number; readonly head: number; readonly rows: Float64Array }
  | { readonly do: "reseal"; readonly rows: readonly { readonly revision: number; readonly bytes: Uint8Array }[] }
  | { readonly do: "put-seeds"; readonly seeds: readonly SeedRow[] }
  | { readonly do: "drop-seeds"; readonly keep: readonly string[] }
  | { readonly do: "checkpoint"; readonly count: number; readonly kind: string; readonly checkpoint: string }
  | { readonly do: "prune-audit"; readonly upTo: number; readonly limit: number }
  | { readonly do: "vacuum"; readonly pages: number }
  | { readonly do: "truncate-wal" };

export interface WriterAnswer {
  readonly audit: AuditHead;
  /** compact, reseal, prune-audit: rows touched; vacuum: pages still free; truncate-wal: 1 when it could, else 0. */
  readonly count: number;
}

/** The single writer: owns the one connection that writes, and the audit chain's end. */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #audit: AuditHead;

  constructor(db: DatabaseSync, genesis: Uint8Array) {
    this.#db = db;
    db.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA wal_autocheckpoint = 1000;
      PRAGMA journal_size_limit = 16777216;
      PRAGMA cache_size = -4096;
    `);
    const last = db.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").get();
    const pruned = db
      .prepare("SELECT checkpoint FROM audit_checkpoint WHERE kind = 'prune' ORDER BY count DESC LIMIT 1")
      .get()?.["checkpoint"];
    if (last !== undefined) this.#audit = { count: last["seq"] as number, hash: last["hash"] as Uint8Array };
    else if (typeof pruned === "string") {
      const { count, hash } = JSON.parse(pruned) as { count: number; hash: string };
      this.#audit = { count, hash: Buffer.from(hash, "hex") };
    } else this.#audit = { count: 0, hash: genesis };
  }

  get audit(): AuditHead {
    return this.#audit;
  }

  /** Durable when it returns; when it throws nothing of it is. */
  run(task: WriterTask): WriterAnswer {
    switch (task.do) {
      case "batch":
        return this.#answer(this.#transaction(() => this.#batch(task.packed)));
      case "compact":
        return this.#answer(this.#transaction(() => this.#compact(task.compacted, task.head, task.rows)));
      case "reseal":
        return this.#answer(this.#transaction(() => this.#reseal(task.rows)));
      case "put-seeds":
        return this.#answer(this.#transaction(() => this.#putSeeds(task.seeds)));
      case "drop-seeds":
        return this.#answer(
          this.#run("DELETE FROM seed WHERE id NOT IN (SELECT value FROM json_each(?))", JSON.stringify(task.keep)),
        );
      case "checkpoint":
        return this.#answer(
          this.#run(
            "INSERT OR REPLACE INTO audit_checkpoint (count, kind, checkpoint) VALUES (?, ?, ?)",
            task.count,
            task.kind,
            task.checkpoint,
          ),
        );
      case "prune-audit":
        return this.#answer(
          this.#run(
            "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE seq <= ? ORDER BY seq LIMIT ?)",
            task.upTo,
            task.limit,
          ),
        );
      case "vacuum":
        this.#db.exec(`PRAGMA incremental_vacuum(${task.pages})`);
        return this.#answer(Number(this.#statement("PRAGMA freelist_count").get()?.["freelist_count"] ?? 0));
      case "truncate-wal":
        return this.#answer(this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0 ? 1 : 0);
    }
  }

  #answer(count: number): WriterAnswer {
    // A view would take the whole buffer behind it along to the other thread.
    return { audit: { count: this.#audit.count, hash: Uint8Array.from(this.#audit.hash) }, count };
  }

  #transaction(work: () => number): number {
    const before = this.#audit;
    this.#statement("BEGIN IMMEDIATE").run();
    try {
      const count = work();
      this.#statement("COMMIT").run();
      return count;
    } catch (error) {
      this.#audit = before;
      // SQLite rolls back by itself on some errors.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #batch(packed: ArrayBuffer): number {
    const insertLog = this.#statement(
      "INSERT INTO log (revision, path, kind, meta, bytes, sum) VALUES (?, ?, ?, ?, ?, ?)",
    );
    const insertAudit = this.#statement("INSERT INTO audit (seq, record, previous, hash) VALUES (?, ?, ?, ?)");
    let count = 0;
    unpackBatch(packed, {
      write: (kind, revision, path, meta, bytes, body) => {
        insertLog.run(revision, path, kind, meta, bytes, checksum(kind, revision, body));
        count++;
      },
      audit: (joined) => {
        const previous = this.#audit.hash;
        const head = { count: this.#audit.count + 1, hash: chainHashInPlace(previous, joined) };
        insertAudit.run(head.count, joined.subarray(hashBytes), previous, head.hash);
        this.#audit = head;
      },
    });
    return count;
  }

  #compact(compacted: number, head: number, rows: Float64Array): number {
    const raise = this.#statement("UPDATE meta SET value = max(value, ?) WHERE name = ?");
    raise.run(compacted, "compacted");
    // The row of the highest revision may be the one that goes: remember the number.
    raise.run(head, "revision");
    const remove = this.#statement("DELETE FROM log WHERE revision = ?");
    for (const revision of rows) remove.run(revision);
    return rows.length;
  }

  #reseal(rows: readonly { readonly revision: number; readonly bytes: Uint8Array }[]): number {
    const select = this.#statement("SELECT path, kind, meta FROM log WHERE revision = ?");
    const update = this.#statement("UPDATE log SET bytes = ?, sum = ? WHERE revision = ?");
    let count = 0;
    for (const { revision, bytes } of rows) {
      const row = select.get(revision);
      if (row === undefined) continue;
      const kind = row["kind"] === logKind.put ? logKind.put : logKind.remove;
      const sum = checksumOfParts(kind, revision, row["path"] as string, row["meta"] as Uint8Array, bytes);
      update.run(bytes, sum, revision);
      count++;
    }
    return count;
  }

  #putSeeds(seeds: readonly SeedRow[]): number {
    const put = this.#statement(
      "INSERT OR REPLACE INTO seed (id, serial, key_id, wrapped, annotations) VALUES (?, ?, ?, ?, ?)",
    );
    for (const seed of seeds) put.run(seed.id, seed.serial, seed.keyId, seed.wrapped, seed.annotations);
    return seeds.length;
  }

  #run(sql: string, ...values: (string | number)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
