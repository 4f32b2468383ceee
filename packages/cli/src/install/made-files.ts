import { chmod, mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writeDurably } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";

/** The line by which we know a file as ours; without it nothing is overwritten or removed. */
export const madeBy = "# Made by bulkhead install; bulkhead uninstall removes it.";

export interface MadeFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** The file's text, undefined where there is none. Throws CommandFailure where it is there and not ours. */
async function ours(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw new CommandFailure(`${path}: ${error.message}`, 1, error);
  });
  if (text !== undefined && !text.includes(madeBy))
    throw new CommandFailure(`${path} is there and was not made by bulkhead install; move it away first`, 1);
  return text;
}

/** Throws CommandFailure where one of them would have to overwrite a file of someone else's. */
export async function checkOurs(paths: readonly string[]): Promise<void> {
  for (const path of paths) await ours(path);
}

/** Writes a file of ours. Returns whether anything changed. */
export async function makeFile({ path, text, mode }: MadeFile): Promise<boolean> {
  if ((await ours(path)) === text) {
    await chmod(path, mode);
    return false;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeDurably(path, text, mode);
  return true;
}

/** Removes a file of ours. Returns whether it was there. */
export async function removeFile(path: string): Promise<boolean> {
  if ((await ours(path)) === undefined) return false;
  await rm(path);
  return true;
}
