import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import type { AuditRow } from "./chain.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { readAuditRows, readCheckpoints } from "./sqlite-reader.ts";

/** A store's audit chain read from its file, beside the running store or without it. */
export interface AuditFile {
  readonly instanceId: string;
  rows(from: number): Iterable<AuditRow>;
  checkpoints(): readonly Checkpoint[];
  /** The last record's number; 0 when there is none. */
  count(): number;
  close(): void;
}

/** Opens `store.db` for reading. Throws SQLite's error when it is absent or not a database. */
export function openAuditFile(file: string): AuditFile {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 2000 });
  const instance = db.prepare("SELECT value FROM meta WHERE name = 'instance'").get()?.["value"];
  return {
    instanceId: String(instance),
    rows: (from) => readAuditRows(db, from),
    checkpoints: () => readCheckpoints(db),
    count: () => Number(db.prepare("SELECT max(seq) AS n FROM audit").get()?.["n"] ?? 0),
    close: () => db.close(),
  };
}

/** Rows from `from` on, then each new one as it becomes durable, until the signal aborts. Looks twice a second. */
export async function* tailAudit(file: AuditFile, from: number, signal: AbortSignal): AsyncGenerator<AuditRow> {
  let next = from;
  while (!signal.aborted) {
    for (const row of file.rows(next)) {
      yield row;
      next = row.seq + 1;
      if (signal.aborted) return;
    }
    await setTimeout(500, undefined, { signal }).catch(() => undefined);
  }
}
