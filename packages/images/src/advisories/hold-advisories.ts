import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { backup } from "node:sqlite";
import { openDatabase, openStillDatabase } from "./schema.ts";

/** A database of advisories that does not change while it is held. */
export interface AdvisoryHold {
  /** Names what is in it: the same for the same state of all sources. */
  readonly generation: string;
  release(): void;
}

const attempts = 20;

/**
 * Brings all that is in the database's log into its file, and keeps the file as it is: a reader of the file alone (one
 * begun while the log is empty) bars the log from being written back. Imports go on meanwhile, into the log. Undefined where
 * there is no database; throws AdvisoryError where it is none of ours, or is written without a pause.
 */
export async function holdAdvisories(file: string): Promise<AdvisoryHold | undefined> {
  if (!existsSync(file)) return undefined;
  const database = openDatabase(file);
  database.exec("PRAGMA cache_size = -512");
  try {
    for (let attempt = 1; ; attempt++) {
      database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
      database.exec("BEGIN");
      const hash = createHash("sha256");
      for (const row of database.prepare("SELECT body FROM source ORDER BY name").iterate())
        hash.update(`${String(row["body"])}\n`);
      const log = `${file}-wal`;
      // What was written since the log was emptied may be part of what this transaction sees.
      if (!existsSync(log) || statSync(log).size === 0)
        return {
          generation: hash.digest("hex").slice(0, 32),
          release: () => database.close(),
        };
      database.exec("COMMIT");
      if (attempt === attempts) throw new Error(`${file} is being written without a pause`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes a database what another, which stands still, is: whoever reads it sees it as it was, or whole. */
export async function restoreAdvisories(from: string, to: string): Promise<void> {
  const source = openStillDatabase(from);
  try {
    // Whoever writes it now is waited for.
    openDatabase(to).close();
    await backup(source, to);
  } finally {
    source.close();
  }
}
