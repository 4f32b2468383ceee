import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file to be written, with the owner and mode it gets on disk. */
export interface OwnedFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const dataLink = "..data";
const newLink = "..data_tmp";

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

async function currentFolder(volume: string): Promise<string | undefined> {
  try {
    return await readlink(join(volume, dataLink));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? await filesBelow(folder, path) : [path];
    }),
  );
  return found.flat();
}

async function isSame(folder: string, files: readonly OwnedFile[]): Promise<boolean> {
  try {
    const there = await filesBelow(folder);
    if (there.length !== files.length) return false;
    for (const file of files) {
      const path = join(folder, file.path);
      const stat = await lstat(path);
      if ((stat.mode & 0o7777) !== file.mode || stat.uid !== file.uid || stat.gid !== file.gid) return false;
      if (!file.bytes.equals(await readFile(path))) return false;
    }
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Replaces a volume's files all at once: a new folder is filled, then `..data` is turned to it, and what a container
 * sees are links through `..data`. Answers whether anything changed. A writer killed halfway leaves the old files.
 */
export async function writeAtomically(
  volume: string,
  files: readonly OwnedFile[],
  folderGid: number,
): Promise<boolean> {
  const current = await currentFolder(volume);
  if (current !== undefined && (await isSame(join(volume, current), files))) return false;
  const entries = await readdir(volume);
  for (const entry of entries) {
    if (entry.startsWith("..") && entry !== dataLink && entry !== current)
      await rm(join(volume, entry), { recursive: true });
  }
  const stamp = `..${new Date().toISOString().replaceAll(/[:.]/g, "_")}${entries.length}`;
  const next = join(volume, stamp);
  await mkdir(next);
  await chmod(next, 0o755);
  await chown(next, 0, folderGid);
  for (const file of files) {
    const path = join(next, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.bytes, { mode: 0o600, flag: "wx" });
    await chown(path, file.uid, file.gid);
    await chmod(path, file.mode);
  }
  await symlink(stamp, join(volume, newLink));
  await rename(join(volume, newLink), join(volume, dataLink));
  await linkVisible(volume, files, entries);
  if (current !== undefined) await rm(join(volume, current), { recursive: true, force: true });
  return true;
}

async function linkVisible(volume: string, files: readonly OwnedFile[], entries: readonly string[]): Promise<void> {
  const visible = new Set(files.map(({ path }) => path.split("/")[0] ?? ""));
  for (const name of visible) {
    if (!entries.includes(name)) await symlink(join(dataLink, name), join(volume, name));
  }
  for (const entry of entries) {
    if (!entry.startsWith("..") && !visible.has(entry)) await rm(join(volume, entry));
  }
}
