import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { link, lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KeyringError } from "./keyring-error.ts";

const othersMay = 0o077;

/** Makes the folder with mode 0700 when it is absent; throws `permissions` when others may enter it or own it. */
export async function privateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stats = await lstat(folder);
  if (!stats.isDirectory())
    throw new KeyringError("permissions", `${folder} must be a directory, not a link or a file`);
  refuseLoose(folder, stats, "700");
}

/** Reads a file that only we may read; undefined when it is absent. Follows no link. Throws `permissions`. */
export async function readPrivate(file: string): Promise<Buffer | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    if (error.code === "ELOOP") throw new KeyringError("permissions", `${file} must be a file, not a link`, error);
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new KeyringError("permissions", `${file} must be a regular file`);
    refuseLoose(file, stats, "600");
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Writes a file whole or not at all, durable before it returns. `create`: false when it was there already. */
export async function writePrivate(file: string, data: Uint8Array, how: "create" | "replace"): Promise<boolean> {
  const folder = dirname(file);
  const draft = join(folder, `.${randomBytes(8).toString("hex")}.tmp`);
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
  let written = true;
  try {
    if (how === "replace") await rename(draft, file);
    else {
      try {
        await link(draft, file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        written = false;
      }
      await unlink(draft);
    }
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return written;
}

function refuseLoose(path: string, stats: Stats, wanted: string): void {
  const mode = stats.mode & 0o777;
  if ((mode & othersMay) !== 0)
    throw new KeyringError(
      "permissions",
      `${path} has mode ${mode.toString(8).padStart(4, "0")}: others may get at the keys in it; run chmod ${wanted} ${path}`,
    );
  const self = process.geteuid?.();
  if (self !== undefined && stats.uid !== self && stats.uid !== 0)
    throw new KeyringError(
      "permissions",
      `${path} belongs to user ${stats.uid}, not to ${self}; run chown ${self} ${path}`,
    );
}
