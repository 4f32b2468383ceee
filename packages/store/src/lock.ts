import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "./store-error.ts";

/**
 * Keeps a second process (or a second store of this one) out. The lock is the kernel's, on a file of its own, taken
 * through SQLite since Node has no flock: it ends with the process, however that ends.
 */
export function lockStore(file: string): { release(): void } {
  closeSync(openSync(file, "a", 0o600));
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    db.close();
    throw new StoreError("locked", `${file} is held: another Bulkhead has this store open; stop that one first`, cause);
  }
  return { release: () => db.close() };
}
