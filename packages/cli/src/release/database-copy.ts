import { existsSync } from "node:fs";
import { chown, copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type DatabaseCopy, type InstanceConfig, type InstancePaths, releaseFolders } from "@bulkhead/host";
import { backupDatabase } from "@bulkhead/store";
import { databaseFacts, databaseFile } from "../instance/database.ts";

/** Copies the database as of one moment, beside the running server; Secrets stay sealed. Readable by root alone. */
export async function copyDatabase(paths: InstancePaths, name: string, now: number): Promise<DatabaseCopy> {
  const { copies } = releaseFolders(paths);
  const target = join(copies, name);
  await rm(target, { force: true });
  await backupDatabase(databaseFile(paths), target);
  const facts = databaseFacts(target);
  if (facts === undefined) throw new Error(`${target} cannot be read back`);
  return { file: name, at: new Date(now).toISOString(), ...facts };
}

/**
 * Puts a copy in the place of the database, which no process may have open. What was there is kept under `abandoned`, in a
 * folder that only root may look into. Everything is made where no other user can interfere, then moved whole.
 */
export async function restoreCopy(
  paths: InstancePaths,
  { users }: Pick<InstanceConfig, "users">,
  copy: Pick<DatabaseCopy, "file">,
  abandoned: string,
): Promise<void> {
  const { copies } = releaseFolders(paths);
  const making = await mkdtemp(join(copies, "restoring-"));
  const store = join(making, "store");
  await mkdir(store, { mode: 0o700 });
  await copyFile(join(copies, copy.file), join(store, "store.db"));
  await chown(join(store, "store.db"), users.apiserver, users.apiserver);
  await chown(store, users.apiserver, users.apiserver);
  // Where an earlier restoration was interrupted there is none.
  if (existsSync(join(paths.apiserver, "store"))) await rename(join(paths.apiserver, "store"), join(copies, abandoned));
  await rename(store, join(paths.apiserver, "store"));
  await rm(making, { recursive: true });
}

/** Takes a restoration back, however far it came: the database that was there before it returns. */
export async function undoRestore(paths: InstancePaths, abandoned: string): Promise<void> {
  const { copies } = releaseFolders(paths);
  if (!existsSync(join(copies, abandoned))) return;
  const store = join(paths.apiserver, "store");
  const aside = join(copies, `${abandoned}.undone`);
  if (existsSync(store)) await rename(store, aside);
  await rename(join(copies, abandoned), store);
  await rm(aside, { recursive: true, force: true });
}
