import { lstat, readlink, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { InstancePaths } from "../instance.ts";
import { exchange } from "../inventory/part-switch.ts";
import { releaseFolders } from "./release-folders.ts";

/**
 * Has `programs` lead to another folder of releases, in one step of the file system: at no time a program is missing. A
 * plain folder that lay there goes among the releases under `keptAs`. Where it throws, what lay there lies there. Needs root.
 */
export async function leadPrograms(paths: InstancePaths, folder: string, keptAs: string): Promise<void> {
  const { releases, next } = releaseFolders(paths);
  await settlePrograms(paths, keptAs);
  await symlink(join("releases", folder), next);
  const there = await lstat(paths.programs).catch(() => undefined);
  if (there?.isDirectory() !== true) {
    await rename(next, paths.programs);
    return;
  }
  await rm(join(releases, keptAs), { recursive: true, force: true });
  await exchange(paths.programs, next);
  try {
    await rename(next, join(releases, keptAs));
  } catch (error) {
    await exchange(paths.programs, next);
    throw error;
  }
}

/** Ends what a lost switch left: a link that was not used goes, a folder that was taken out of its place is kept. */
export async function settlePrograms(paths: InstancePaths, keptAs: string): Promise<void> {
  const { releases, next } = releaseFolders(paths);
  const left = await lstat(next).catch(() => undefined);
  if (left?.isSymbolicLink() === true) await rm(next);
  else if (left?.isDirectory() === true && (await readlink(paths.programs).catch(() => undefined)) !== undefined) {
    await rm(join(releases, keptAs), { recursive: true, force: true });
    await rename(next, join(releases, keptAs));
  } else if (left !== undefined) await rm(next, { recursive: true });
}
