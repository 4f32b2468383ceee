import { DatabaseSync } from "node:sqlite";
import { type KeyProvider, Keyring } from "@bulkhead/keyring";
import { replayLog } from "./replay.ts";
import { applicationId, openError, schema } from "./schema.ts";
import { readSeeds } from "./seeds.ts";
import { StoreError } from "./store-error.ts";
import { storeFormat } from "./store-format.ts";
import { keyOfPath } from "./store-key.ts";

/** What a whole database holds. */
export interface DatabaseInspection {
  readonly instanceId: string;
  readonly format: number;
  /** The last revision that was given out. */
  readonly revision: number;
  /** Objects that are there now. */
  readonly objects: number;
  /** Sealed bytes, history's too, that were opened. */
  readonly opened: number;
  readonly auditRecords: number;
}

export interface InspectionOptions {
  readonly file: string;
  readonly keyProvider: KeyProvider;
  readonly sealed: (group: string, resource: string) => boolean;
}

/**
 * Reads a database from end to end and changes nothing: its pages, that it has our tables and nothing that acts by itself,
 * every row's checksum, and that the keys open all that is sealed. For copies, which may come from anywhere; what they
 * open is thrown away. Throws StoreError (`corrupt`, `too-new`, `too-old`, `unsealable`) or the provider's KeyringError.
 */
export async function inspectDatabase({ file, keyProvider, sealed }: InspectionOptions): Promise<DatabaseInspection> {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 2000, enableDoubleQuotedStringLiterals: false });
    db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
    refuseForeign(db, file);
    const { instanceId, format, revision, compacted } = metaOf(db, file);
    const { state } = replayLog(db, { instanceId, revision, compacted }, file);
    const keyring = await Keyring.open(keyProvider, readSeeds(db));
    const opened = openAll(db, keyring, sealed);
    const auditRecords = Number(db.prepare("SELECT max(seq) AS n FROM audit").get()?.["n"] ?? 0);
    return {
      instanceId,
      format,
      revision: Math.max(revision, state.head),
      objects: state.objects,
      opened,
      auditRecords,
    };
  } catch (error) {
    if ((error as { errcode?: unknown }).errcode === undefined) throw error;
    throw openError(file, error);
  } finally {
    db?.close();
  }
}

const words = (sql: unknown): string => String(sql).replaceAll(/\s+/g, " ").trim();

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

const schemaRows = (db: DatabaseSync): SchemaRow[] =>
  db
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    .all()
    .map((row) => ({ type: String(row["type"]), name: String(row["name"]), sql: words(row["sql"]) }));

/** A trigger or a view in a table's place would run what somebody else wrote. */
function refuseForeign(db: DatabaseSync, file: string): void {
  const corrupt = (why: string): StoreError => new StoreError("corrupt", `${file}: ${why}`);
  if (db.prepare("PRAGMA application_id").get()?.["application_id"] !== applicationId)
    throw corrupt("it is a database of another program, or its header is damaged");
  const blank = new DatabaseSync(":memory:");
  blank.exec(schema);
  const ours = new Map(schemaRows(blank).map((row) => [row.name, row]));
  blank.close();
  const there = new Map(schemaRows(db).map((row) => [row.name, row]));
  for (const { type, name } of there.values())
    if (type !== "table" && !ours.has(name)) throw corrupt(`it holds a ${type} ${name} that is none of ours`);
  for (const { type, name, sql } of ours.values()) {
    const found = there.get(name);
    if (found?.type !== type || found.sql !== sql) throw corrupt(`its ${type} ${name} is not as it is made`);
  }
  const verdict = db.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"];
  if (verdict !== "ok") throw corrupt(`its pages are damaged: ${String(verdict)}`);
}

function metaOf(db: DatabaseSync, file: string) {
  const values = new Map(
    db
      .prepare("SELECT name, value FROM meta")
      .all()
      .map((row) => [row["name"], row["value"]]),
  );
  const of = (name: string): number => {
    const value = values.get(name);
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    throw new StoreError("corrupt", `${file} lacks its own description`);
  };
  const instanceId = values.get("instance");
  if (typeof instanceId !== "string") throw new StoreError("corrupt", `${file} lacks its own description`);
  const format = of("format");
  if (!storeFormat.reads.includes(format))
    throw new StoreError(
      format > storeFormat.writes ? "too-new" : "too-old",
      `${file} has format ${format}, this Bulkhead reads ${storeFormat.reads.join(", ")}`,
    );
  return { instanceId, format, revision: of("revision"), compacted: of("compacted") };
}

function openAll(db: DatabaseSync, keyring: Keyring, sealed: InspectionOptions["sealed"]): number {
  let opened = 0;
  for (const row of db.prepare("SELECT path, bytes FROM log").iterate()) {
    const path = String(row["path"]);
    const key = keyOfPath(path);
    if (key === undefined || !sealed(key.group, key.resource)) continue;
    try {
      keyring.open(path, row["bytes"] as Uint8Array);
    } catch (cause) {
      throw new StoreError("unsealable", cause instanceof Error ? cause.message : `${path} cannot be unsealed`, cause);
    }
    opened++;
  }
  return opened;
}
