import { constants } from "node:fs";
import { chown, type FileHandle, mkdir, open, realpath, writeFile } from "node:fs/promises";
import { ConfigError } from "../config/config-error.ts";

/** Linux's O_PATH, which Node does not name: a descriptor that only says where. */
const pathOnly = 0o10000000;

const inside = (handle: FileHandle, name: string): string => `/proc/self/fd/${handle.fd}/${name}`;

const code = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function openFolder(path: string): Promise<FileHandle> {
  return await open(path, pathOnly | constants.O_NOFOLLOW | constants.O_DIRECTORY);
}

const refuseLink = (path: string, cause: unknown): ConfigError =>
  new ConfigError("BadPath", `"${path}" leads through a symbolic link or something that is no folder`, cause);

/** What to make of the parts of a path that are not there. */
export interface Making {
  readonly what: "nothing" | "folder" | "file";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Opens a path below a folder step by step through descriptors, following no link, so that nothing which its writer
 * swaps meanwhile can lead outside (CVE-2017-1002101, CVE-2021-25741). The caller closes what it gets.
 */
export async function openBelow(root: string, parts: readonly string[], making: Making): Promise<FileHandle> {
  let at = await openFolder(root);
  try {
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      const next = await step(at, part, last, making, parts.join("/"));
      await at.close();
      at = next;
    }
    return at;
  } catch (error) {
    await at.close();
    throw error;
  }
}

async function step(at: FileHandle, name: string, last: boolean, making: Making, whole: string): Promise<FileHandle> {
  const path = inside(at, name);
  const flags = pathOnly | constants.O_NOFOLLOW | (last ? 0 : constants.O_DIRECTORY);
  const openIt = async (): Promise<FileHandle> => {
    const handle = await open(path, flags);
    if (!(await handle.stat()).isSymbolicLink()) return handle;
    await handle.close();
    throw refuseLink(whole, undefined);
  };
  try {
    return await openIt();
  } catch (error) {
    if (code(error) === "ELOOP" || code(error) === "ENOTDIR") throw refuseLink(whole, error);
    if (code(error) !== "ENOENT" || making.what === "nothing") throw error;
  }
  if (last && making.what === "file") await writeFile(path, "", { flag: "wx", mode: making.mode });
  else await mkdir(path, { mode: making.mode });
  const made = await openIt();
  // chown by descriptor needs more than O_PATH: through /proc it reaches the same inode.
  await chown(`/proc/self/fd/${made.fd}`, making.uid, making.gid);
  return made;
}

/** The parts of a subPath, links inside the volume resolved as far as they stand now, never leading out of it. */
export async function resolveBelow(root: string, subPath: string): Promise<string[]> {
  const parts = subPath.split("/").filter((part) => part !== "" && part !== ".");
  if (subPath.startsWith("/") || parts.includes("..")) {
    throw new ConfigError("BadPath", `subPath "${subPath}" must stay below its volume`);
  }
  const top = await realpath(root);
  // The longest part that exists is resolved; what is missing below it is made later.
  for (let depth = parts.length; depth > 0; depth--) {
    try {
      const real = await realpath(`${top}/${parts.slice(0, depth).join("/")}`);
      if (real !== top && !real.startsWith(`${top}/`)) {
        throw new ConfigError("BadPath", `subPath "${subPath}" leads out of its volume`);
      }
      const found = real === top ? [] : real.slice(top.length + 1).split("/");
      return [...found, ...parts.slice(depth)];
    } catch (error) {
      if (code(error) !== "ENOENT") throw error;
    }
  }
  return parts;
}
