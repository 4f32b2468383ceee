import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { databaseError, syncFolder } from "./schema.ts";
import { StoreError } from "./store-error.ts";

/**
 * Copies the database as of one moment, while it is written to, into a file that must not exist. The copy knows that it
 * is one: the store that opens it continues with revisions beyond all that this one can have given out.
 */
export async function backupDatabase(file: string, target: string): Promise<void> {
  if (existsSync(target)) throw new StoreError("exists", `${target} is there already; name a file that is not`);
  const draft = `${target}.partial`;
  rmSync(draft, { force: true });
  try {
    closeSync(openSync(draft, "wx", 0o600));
    const source = new DatabaseSync(file, { readOnly: true, timeout: 2000 });
    try {
      // All pages in one step: in several, each write meanwhile would start it over.
      await backup(source, draft, { rate: 0x7fffffff });
    } finally {
      source.close();
    }
    const copy = new DatabaseSync(draft);
    try {
      copy.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
      copy.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('backup', 1)");
    } finally {
      copy.close();
    }
    const handle = openSync(draft, "r");
    fsyncSync(handle);
    closeSync(handle);
    renameSync(draft, target);
    syncFolder(dirname(target));
  } catch (error) {
    rmSync(draft, { force: true });
    throw databaseError(target, error);
  }
}
