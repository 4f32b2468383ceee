import { readFile } from "node:fs/promises";

/** A text file; undefined where there is none. */
export const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });

/** What a JSON file of ours holds; undefined where there is none. Throws SyntaxError on a damaged one. */
export async function readJsonIfThere<T>(path: string): Promise<T | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
