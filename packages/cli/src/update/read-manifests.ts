import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { CommandFailure } from "../exit-codes.ts";
import type { Manifest } from "./git-patch.ts";

const largest = 1 << 20;
const skipped = new Set([".git", "node_modules"]);

/** Every YAML file below a folder, by its path from there. No links are followed. */
export async function readManifests(folder: string): Promise<Manifest[]> {
  const found: Manifest[] = [];
  const walk = async (at: string): Promise<void> => {
    for (const entry of (await readdir(at, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) await walk(path);
      else if (entry.isFile() && /\.ya?ml$/.test(entry.name)) {
        const text = await readFile(path, "utf8");
        if (text.length <= largest) found.push({ path: relative(folder, path).split(sep).join("/"), text });
      }
    }
  };
  await walk(folder).catch((error: unknown) => {
    throw new CommandFailure(`--from ${folder}: it cannot be read`, 2, error);
  });
  return found;
}
