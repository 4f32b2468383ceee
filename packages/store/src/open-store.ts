import { lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { readCheckpoints } from "@bulkhead/audit";
import { Keyring } from "@bulkhead/keyring";
import { lockStore } from "./lock.ts";
import { replayLog } from "./replay.ts";
import { databaseError, openDatabase, openError } from "./schema.ts";
import { readSeeds, seedRow } from "./seeds.ts";
import { sqliteWarning } from "./sqlite-version.ts";
import { SqliteStore } from "./store.ts";
import { StoreError } from "./store-error.ts";
import type { StoreOptions } from "./store-options.ts";
import type { Store } from "./types.ts";
import { WriterLink } from "./writer-link.ts";

/**
 * Opens the store in a folder, creating it when it is new: takes the lock, checks the file, reads it into memory,
 * starts the writer. Throws StoreError (`locked`, `corrupt`, `too-new`, `too-old`, `unsealable`, `full`, `io`) or the key
 * provider's KeyringError, and then has touched nothing.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { log } = options;
  const warning = sqliteWarning(process.versions.sqlite);
  if (warning !== undefined) log?.warn({}, warning);
  if (options.sealed !== undefined && options.keyProvider === undefined)
    throw new StoreError("unsealable", "sealed resources need a key provider");
  makeFolder(options.folder);
  const file = join(options.folder, "store.db");
  const undo: (() => void)[] = [];
  try {
    const lock = lockStore(join(options.folder, "store.lock"));
    undo.push(() => lock.release());
    const { db, meta } = openDatabase(file);
    undo.push(() => db.close());
    const keyring = await openKeyring(options, db, file);
    const { state, garbage } = reading(file, () => replayLog(db, meta, file));
    const signed = reading(file, () => readCheckpoints(db).at(-1)?.count ?? 0);
    // From here on this connection only reads.
    db.exec("PRAGMA query_only = ON; PRAGMA cache_size = -512");
    const url = options.workerUrl ?? new URL("./writer-thread.ts", import.meta.url);
    const { link, answer } = await WriterLink.start({ file, instanceId: meta.instanceId }, url);
    return new SqliteStore({
      file,
      db,
      lock,
      link,
      audit: answer.audit,
      signed,
      state,
      garbage,
      keyring,
      instanceId: meta.instanceId,
      log,
      options,
    });
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** What fails while the file is read is the file's fault. */
function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw openError(file, error);
  }
}

/** The keyring over the seeds in the database; the first seed is made, and wraps of an older master key renewed, here. */
async function openKeyring(
  { keyProvider }: StoreOptions,
  db: ReturnType<typeof openDatabase>["db"],
  file: string,
): Promise<Keyring | undefined> {
  const seeds = reading(file, () => readSeeds(db));
  if (keyProvider === undefined) {
    if (seeds.length === 0) return undefined;
    throw new StoreError("unsealable", `${file} holds sealed objects, and no key provider was given`);
  }
  const keyring = await Keyring.open(keyProvider, seeds);
  const renewed = seeds.length === 0 ? [await keyring.wrapSeed()] : [];
  const keyId = await keyring.providerKeyId();
  for (const seed of seeds) if (seed.keyId !== keyId) renewed.push(await keyring.rewrap(seed));
  if (renewed.length === 0) return keyring;
  const put = "INSERT OR REPLACE INTO seed (id, serial, key_id, wrapped, annotations) VALUES (?, ?, ?, ?, ?)";
  const statement = db.prepare(put);
  try {
    db.exec("PRAGMA synchronous = FULL; BEGIN IMMEDIATE");
    for (const row of renewed.map(seedRow)) statement.run(row.id, row.serial, row.keyId, row.wrapped, row.annotations);
    db.exec("COMMIT");
  } catch (error) {
    throw databaseError(file, error);
  }
  for (const seed of renewed) await keyring.adopt(seed);
  return keyring;
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stats = lstatSync(folder);
  const loose = (stats.mode & 0o077) !== 0;
  if (!stats.isDirectory() || loose)
    throw new StoreError("io", `${folder} must be a directory that nobody else may enter; run chmod 700 ${folder}`);
}
