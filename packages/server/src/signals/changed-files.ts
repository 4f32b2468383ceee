import { constants, type Stats } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";

/** Where programs and libraries lie: whatever is new or other than in the image there is told. */
const programFolders = [
  "bin",
  "sbin",
  "usr/bin",
  "usr/sbin",
  "usr/local/bin",
  "usr/local/sbin",
  "lib",
  "lib64",
  "usr/lib",
  "usr/lib64",
  "etc/cron.d",
  "etc/cron.hourly",
  "etc/cron.daily",
  "etc/init.d",
  "etc/pam.d",
  "etc/profile.d",
  "etc/sudoers.d",
  "root/.ssh",
];

/** Single files that decide who is who and what is loaded. */
const decidingFiles = [
  "etc/passwd",
  "etc/shadow",
  "etc/group",
  "etc/sudoers",
  "etc/ld.so.preload",
  "etc/ld.so.conf",
  "etc/crontab",
  "etc/profile",
];

/** What is looked at of one container: whoever writes in it makes as many files as it likes. */
const most = { files: 64, entries: 4096, depth: 8 };

/** Linux's O_PATH, which Node does not name: a descriptor that only says where. */
const pathOnly = 0o10000000;
const below = (folder: FileHandle, name: string): string => `/proc/self/fd/${folder.fd}/${name}`;

const gone = (error: NodeJS.ErrnoException): undefined => {
  if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES"].includes(error.code ?? "")) return undefined;
  throw error;
};

interface Reached {
  /** Says where, and opens nothing: a FIFO does not make its reader wait, a device does nothing. */
  readonly handle: FileHandle;
  readonly stats: Stats;
  /** As asked, or as much of it as leads through folders: a link or a file in the way ends it. */
  readonly path: string;
}

/**
 * Goes along a path step by step, following no link: what lies here is written by whoever is in the container. Undefined: the
 * way ends in nothing. The caller closes what it gets.
 */
async function reach(folder: string, path: string): Promise<Reached | undefined> {
  let handle = await open(folder, pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(gone);
  const parts = path.split("/");
  for (const [index, part] of parts.entries()) {
    if (handle === undefined) return undefined;
    const next: FileHandle | undefined = await open(below(handle, part), pathOnly | constants.O_NOFOLLOW).catch(gone);
    await handle.close();
    handle = next;
    if (handle === undefined) return undefined;
    const stats = await handle.stat();
    if (index === parts.length - 1 || !stats.isDirectory())
      return { handle, stats, path: parts.slice(0, index + 1).join("/") };
  }
  await handle?.close();
  return undefined;
}

/** Whether a plain file lies at a container's path in a layer: in the one over its image, it was written since the start. */
export async function holdsFile(layer: string, path: string): Promise<boolean> {
  const asked = path.replace(/^\/+/, "");
  const found = await reach(layer, asked);
  if (found === undefined) return false;
  await found.handle.close();
  return found.path === asked && found.stats.isFile();
}

/** System files that were written, or taken away, since the container started; paths as within it, at most 64. */
export async function changedFiles(upper: string): Promise<string[]> {
  const found: string[] = [];
  let entries = 0;
  // Whatever stands in a folder's place (a link, a file, what stands for one that was taken away) is a change by itself.
  const told = (path: string): void => {
    if (found.length < most.files && !found.includes(`/${path}`)) found.push(`/${path}`);
  };
  async function walk(folder: FileHandle, path: string, depth: number): Promise<void> {
    for (const entry of await readdir(`/proc/self/fd/${folder.fd}`, { withFileTypes: true })) {
      if (++entries > most.entries || found.length >= most.files) return;
      const at = `${path}/${entry.name}`;
      // A character device 0/0 stands for what was taken away.
      if (entry.isFile() || entry.isSymbolicLink() || entry.isCharacterDevice()) found.push(at);
      else if (entry.isDirectory() && depth < most.depth) {
        const next = await open(
          below(folder, entry.name),
          constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
        ).catch(gone);
        if (next === undefined) continue;
        try {
          await walk(next, at, depth + 1);
        } finally {
          await next.close();
        }
      }
    }
  }
  for (const path of programFolders) {
    const where = await reach(upper, path);
    if (where === undefined) continue;
    try {
      if (!where.stats.isDirectory()) {
        told(where.path);
        continue;
      }
      const at = `/proc/self/fd/${where.handle.fd}`;
      const folder = await open(at, constants.O_RDONLY | constants.O_DIRECTORY).catch(gone);
      if (folder === undefined) continue;
      try {
        await walk(folder, `/${path}`, 1);
      } finally {
        await folder.close();
      }
    } finally {
      await where.handle.close();
    }
  }
  for (const path of decidingFiles) {
    const where = await reach(upper, path);
    if (where === undefined) continue;
    await where.handle.close();
    if (!where.stats.isDirectory()) told(where.path);
  }
  return found;
}
