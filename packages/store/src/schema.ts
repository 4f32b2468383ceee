import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { codeOf, StoreError } from "./store-error.ts";
import { type FormatStep, formatSteps, type StoreFormat, stepsBetween, storeFormat } from "./store-format.ts";
import { walDamage } from "./wal-damage.ts";

/** "Bulk" in ASCII: SQLite keeps it in the file's header, so that another program's database is not taken for ours. */
export const applicationId = 0x42756c6b;

/** The format that is written, those that are read, and the steps between. */
export interface Formats {
  readonly format: StoreFormat;
  readonly steps: readonly FormatStep[];
}

const own: Formats = { format: storeFormat, steps: formatSteps };

/** The revision of an empty store. Not 0, which means "any" in a Kubernetes resourceVersion. */
export const firstRevision = 1;

/** How far a restored backup jumps ahead at least: past what the store that it is of gave out after it was made. */
export const restoreJump = 1_000_000_000;

/**
 * The log holds every state in the window and each key's last; `current` is for people with a sqlite3 shell, the
 * program replays the log. `sum` is CRC-32 over path, meta and bytes, begun with the revision: SQLite has no checksums.
 */
export const schema = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    kind INTEGER NOT NULL,
    meta BLOB NOT NULL,
    bytes BLOB NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT;
  CREATE VIEW current AS
    SELECT path, max(revision) AS revision, kind, meta, bytes FROM log GROUP BY path HAVING kind = 1;
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    record BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
  ) STRICT;
  CREATE TABLE audit_checkpoint (
    count INTEGER NOT NULL,
    kind TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    PRIMARY KEY (count, kind)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE seed (
    id TEXT PRIMARY KEY,
    serial INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    annotations TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
`;

export interface StoreMeta {
  readonly instanceId: string;
  /** At least the highest revision ever durable. */
  readonly revision: number;
  readonly compacted: number;
}

/** Opens a connection with what every one of ours has set. The file is created with mode 0600 when absent. */
export function connect(file: string): DatabaseSync {
  closeSync(openSync(file, "a", 0o600));
  const db = new DatabaseSync(file, { timeout: 2000, enableDoubleQuotedStringLiterals: false });
  db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
  return db;
}

/**
 * Opens the store's database, makes its tables when it is new, and checks that it is ours and whole. Throws StoreError:
 * `corrupt`, `too-new`, `too-old`, `full`, `io`. One of an earlier format is brought up. Never repairs, never drops a
 * write-ahead log.
 */
export function openDatabase(file: string, formats = own): { readonly db: DatabaseSync; readonly meta: StoreMeta } {
  refuseOrphanedLog(file);
  refuseDamagedHeader(file);
  const damage = walDamage(`${file}-wal`);
  if (damage !== undefined)
    throw new StoreError("corrupt", `${file}: ${damage}; nothing was changed: keep both files and restore a backup`);
  let db: DatabaseSync | undefined;
  try {
    db = connect(file);
    if (tableCount(db) === 0) create(db, file, formats.format.writes);
    return { db, meta: check(db, file, formats) };
  } catch (error) {
    db?.close();
    throw openError(file, error);
  }
}

/** While a file is opened, statements that are known to be good fail for the file's sake: its schema is damaged. */
export function openError(file: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const sqliteError = 1;
  if ((error as { errcode?: unknown }).errcode !== sqliteError) return databaseError(file, error);
  const detail = error instanceof Error ? error.message : String(error);
  return new StoreError("corrupt", `${file}: ${detail}; the file is damaged: restore a backup`, error);
}

/** Puts words to an error of SQLite. */
export function databaseError(file: string, error: unknown): StoreError {
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  const advice: Partial<Record<typeof code, string>> = {
    corrupt: "the file is damaged: keep it for inspection and restore a backup",
    full: "the disk is full: free some space, writing goes on by itself",
    locked: "another process holds it: stop that one first",
  };
  return new StoreError(code, `${file}: ${detail}${advice[code] === undefined ? "" : `; ${advice[code]}`}`, error);
}

function refuseOrphanedLog(file: string): void {
  const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size(file) === 0 && size(`${file}-wal`) > 0)
    throw new StoreError(
      "corrupt",
      `${file} is missing or empty while ${file}-wal holds commits that belong to it: put back the file, or restore a backup`,
    );
}

/** SQLite takes an unknown write version for a newer format and opens the file for reading only. */
function refuseDamagedHeader(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < 100) return;
  const handle = openSync(file, "r");
  try {
    const versions = Buffer.alloc(2);
    readSync(handle, versions, 0, 2, 18);
    if (versions.some((version) => version !== 1 && version !== 2))
      throw new StoreError("corrupt", `${file} has a damaged header; keep it for inspection and restore a backup`);
  } finally {
    closeSync(handle);
  }
}

function tableCount(db: DatabaseSync): number {
  return Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"] ?? 0);
}

function create(db: DatabaseSync, file: string, format: number): void {
  // Only a database without a table takes these; VACUUM makes sure of them.
  db.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON; VACUUM");
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec("BEGIN IMMEDIATE");
  db.exec(`PRAGMA application_id = ${applicationId}`);
  db.exec(schema);
  const put = db.prepare("INSERT INTO meta (name, value) VALUES (?, ?)");
  put.run("format", format);
  put.run("instance", randomUUID());
  put.run("revision", firstRevision);
  put.run("compacted", firstRevision);
  db.exec("COMMIT");
  syncFolder(dirname(file));
}

/** Makes a new file's name durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function check(db: DatabaseSync, file: string, formats: Formats): StoreMeta {
  const mark = db.prepare("PRAGMA application_id").get()?.["application_id"];
  if (mark !== applicationId)
    throw new StoreError("corrupt", `${file} is a database of another program, or its header is damaged`);
  for (const table of ["log", "meta", "seed"]) {
    const verdict = db.prepare(`PRAGMA quick_check(${table})`).get()?.["quick_check"];
    if (verdict !== "ok")
      throw new StoreError("corrupt", `${file}: ${String(verdict)}; keep it for inspection and restore a backup`);
  }
  const values = new Map(
    db
      .prepare("SELECT name, value FROM meta")
      .all()
      .map((row) => [row["name"], row["value"]]),
  );
  const format = values.get("format");
  if (typeof format === "number") bringUp(db, file, format, formats);
  const [instanceId, revision, compacted] = [values.get("instance"), values.get("revision"), values.get("compacted")];
  if (typeof instanceId !== "string" || typeof revision !== "number" || typeof compacted !== "number")
    throw new StoreError("corrupt", `${file} lacks its own description; restore a backup`);
  const backup = values.get("backup");
  if (backup === undefined) return { instanceId, revision, compacted };
  return { instanceId, ...takeOverBackup(db, revision, Number(backup)) };
}

/** Brings the database to the format that is written. What it was stands until every step of the way is done. */
function bringUp(db: DatabaseSync, file: string, format: number, { format: { writes, reads }, steps }: Formats): void {
  if (format === writes) return;
  if (format > writes)
    throw new StoreError(
      "too-new",
      `${file} has format ${format}, this Bulkhead knows up to ${writes}: start the newer version`,
    );
  const way = reads.includes(format) ? stepsBetween(format, writes, steps) : undefined;
  if (way === undefined)
    throw new StoreError(
      "too-old",
      `${file} has format ${format}, this Bulkhead reads ${reads.join(", ")}: start a version in between first`,
    );
  db.exec("PRAGMA synchronous = FULL; BEGIN IMMEDIATE");
  try {
    for (const { sql } of way) db.exec(sql);
    db.prepare("UPDATE meta SET value = ? WHERE name = 'format'").run(writes);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** A restored backup gives out no revision twice: it continues far beyond all that the lost store can have given out. */
function takeOverBackup(db: DatabaseSync, revision: number, beyond: number): Omit<StoreMeta, "instanceId"> {
  const highest = Number(db.prepare("SELECT max(revision) AS n FROM log").get()?.["n"] ?? 0);
  const next = Math.max(Math.max(revision, highest) + restoreJump, beyond + 1);
  db.exec("PRAGMA synchronous = FULL; BEGIN IMMEDIATE");
  db.prepare("UPDATE meta SET value = ? WHERE name IN ('revision', 'compacted')").run(next);
  db.exec("DELETE FROM meta WHERE name = 'backup'; COMMIT");
  return { revision: next, compacted: next };
}
