import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, writeDurably } from "../instance.ts";
import { type PartsManifest, readParts, stageParts } from "../parts/install-parts.ts";
import { partPackages } from "../parts/part-list.ts";
import type { Progress } from "../progress.ts";
import { suiteOf } from "./part-offers.ts";

/** Where parts lie that are to become the instance's, and those that were it before. */
export const partFolders = ({ parts }: Pick<InstancePaths, "parts">) => ({
  staged: `${parts}.staged`,
  previous: `${parts}.previous`,
});

/**
 * Fetches what the suite has by now into a folder beside, made to lie where the parts lie. Parts in `keep` stay as they
 * are. Nothing that runs is touched. Throws PartsError or CommandError.
 */
export async function stageNewParts(
  paths: InstancePaths,
  keep: readonly string[],
  progress: Progress,
): Promise<PartsManifest> {
  const now = await readParts(paths.parts);
  const { staged } = partFolders(paths);
  const suite = now === undefined ? "testing" : suiteOf(now);
  const fetched = await stageParts(staged, paths.parts, suite, progress);
  if (now === undefined || keep.length === 0) return fetched;
  for (const part of partPackages.filter(({ name }) => keep.includes(name)))
    for (const file of Object.values(part.files)) await copyFile(join(paths.parts, file), join(staged, file));
  const manifest: PartsManifest = {
    ...fetched,
    parts: fetched.parts.map(
      (part) => now.parts.find((each) => each.name === part.name && keep.includes(each.name)) ?? part,
    ),
  };
  await writeDurably(join(staged, "parts.json"), `${JSON.stringify(manifest, undefined, 2)}\n`, 0o644);
  return manifest;
}

/** A part that another folder has in another version. */
export interface PartChange {
  readonly part: string;
  readonly from: string;
  readonly to: string;
}

/** What a switch between two manifests changes. */
export const partChanges = (from: PartsManifest | undefined, to: PartsManifest): PartChange[] =>
  to.parts.flatMap(({ name, version }) => {
    const was = from?.parts.find((part) => part.name === name)?.version ?? "none";
    return was === version ? [] : [{ part: name, from: was, to: version }];
  });

/** A text file; undefined where there is none. */
export const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
