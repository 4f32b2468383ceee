import type { DatabaseSync } from "node:sqlite";
import type { AuditRow } from "./chain.ts";
import type { Checkpoint } from "./checkpoint.ts";

const page = 500;

/**
 * Rows from `from` on, in order, up to the end at each step. Page by page, so that no read transaction stays open
 * behind which the write-ahead log would grow.
 */
export function* readAuditRows(db: DatabaseSync, from: number, limit = Number.POSITIVE_INFINITY): Generator<AuditRow> {
  const select = db.prepare("SELECT seq, record, previous, hash FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?");
  for (let next = from, left = limit; left > 0; ) {
    const rows = select.all(next, Math.min(page, left));
    for (const row of rows)
      yield {
        seq: row["seq"] as number,
        record: row["record"] as Uint8Array,
        previous: row["previous"] as Uint8Array,
        hash: row["hash"] as Uint8Array,
      };
    if (rows.length < page) return;
    next = (rows.at(-1)?.["seq"] as number) + 1;
    left -= rows.length;
  }
}

/** Every checkpoint kept beside the chain, by count. */
export function readCheckpoints(db: DatabaseSync): Checkpoint[] {
  return db
    .prepare("SELECT checkpoint FROM audit_checkpoint ORDER BY count, kind")
    .all()
    .map((row) => JSON.parse(row["checkpoint"] as string) as Checkpoint);
}
