import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type InstancePaths, writeDurably } from "@bulkhead/host";
import { backupDatabase } from "@bulkhead/store";
import { CommandFailure } from "../exit-codes.ts";
import { databaseFile } from "../instance/database.ts";
import { backupFolders } from "./backup-record.ts";
import { databasePath, pieces, signingKeyPath, smallFile } from "./contents.ts";
import { newSigningKey } from "./manifest.ts";

/**
 * Copies all that an instance needs to come back into a folder that must not exist, while it serves: the database as of
 * one moment, Secrets sealed as they are; the other files are each replaced whole when they change.
 */
export async function gatherInstance(paths: InstancePaths, into: string): Promise<void> {
  await mkdir(into, { mode: 0o700 });
  for (const { path, needed } of pieces) {
    const target = join(into, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    if (path === databasePath) {
      await backupDatabase(databaseFile(paths), target);
      continue;
    }
    const bytes = await readBelow(paths.root, path);
    if (bytes !== undefined) await writeDurably(target, bytes, 0o600);
    else if (needed)
      throw new CommandFailure(`${join(paths.root, path)} is not there: bring the instance up once before`, 1);
  }
}

/** Makes the key that vouches for an instance's backups, where there is none. No process of the instance may read it. */
export async function readyToSign(paths: InstancePaths): Promise<void> {
  if ((await readBelow(paths.root, signingKeyPath)) !== undefined) return;
  await writeDurably(backupFolders(paths).signingKey, newSigningKey(), 0o600);
}

/**
 * Reads a small file, from folder to folder by descriptor: some of them belong to unprivileged users, and no link that one
 * laid there leads root elsewhere. Undefined where there is none.
 */
export async function readBelow(root: string, path: string): Promise<Buffer | undefined> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const steps = path.split("/");
  let at: FileHandle | undefined;
  try {
    at = await open(root, O_RDONLY | O_DIRECTORY);
    for (const [n, step] of steps.entries()) {
      const last = n === steps.length - 1;
      const flags = O_RDONLY | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY);
      const next: FileHandle = await open(`/proc/self/fd/${at.fd}/${step}`, flags);
      await at.close();
      at = next;
    }
    const found = await at.stat();
    if (!found.isFile() || found.size > smallFile)
      throw new CommandFailure(`${join(root, path)} is no file of an instance: a link, a device, or too large`, 1);
    return await at.readFile();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP" || code === "ENOTDIR")
      throw new CommandFailure(`${join(root, path)} is no file of an instance: a link lies on the way`, 1, error);
    throw error;
  } finally {
    await at?.close();
  }
}
