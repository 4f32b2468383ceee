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
      markCopy(copy, 1);
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

/** Its value: a revision that whoever opens the copy has to go on beyond, besides what the copy knows by itself. */
const markCopy = (copy: DatabaseSync, beyond: number): void => {
  copy.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('backup', ?)").run(beyond);
};

/**
 * Says of a copy that revisions up to this one may have been given out since it was made, by stores that it knows nothing
 * of: by one that an earlier restoration of the same copy became.
 */
export function continueBeyond(file: string, revision: number): void {
  const copy = new DatabaseSync(file, { timeout: 2000 });
  try {
    copy.exec("PRAGMA synchronous = FULL");
    markCopy(copy, revision);
  } catch (error) {
    throw databaseError(file, error);
  } finally {
    copy.close();
  }
}
