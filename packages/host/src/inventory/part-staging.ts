import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, writeDurably } from "../instance.ts";
import { type PartsManifest, readParts, stageParts } from "../parts/install-parts.ts";
import { partPackages } from "../parts/part-list.ts";
import type { Progress } from "../progress.ts";
import { mustRun } from "../run.ts";
import { suiteOf } from "./part-offers.ts";

/** Where parts lie that are to become the instance's, and those that were it before. */
export const partFolders = ({ parts }: Pick<InstancePaths, "parts">) => ({
  fetched: `${parts}.fetched`,
  staged: `${parts}.staged`,
  previous: `${parts}.previous`,
});

/**
 * Fetches what the suite has by now into a folder beside, made to lie where the parts lie. Nothing that runs is touched.
 * Throws PartsError or CommandError.
 */
export async function fetchNewParts(paths: InstancePaths, progress: Progress): Promise<PartsManifest> {
  const now = await readParts(paths.parts);
  const suite = now === undefined ? "testing" : suiteOf(now);
  return stageParts(partFolders(paths).fetched, paths.parts, suite, progress);
}

/** Makes of what was fetched a folder that may take the parts' place; those in `keep` stay in it as they are. */
export async function stageNewParts(paths: InstancePaths, keep: readonly string[]): Promise<PartsManifest> {
  const [now, fetched] = await Promise.all([readParts(paths.parts), readParts(partFolders(paths).fetched)]);
  const { staged } = partFolders(paths);
  if (fetched === undefined) throw new Error(`${partFolders(paths).fetched} holds no whole parts`);
  await rm(staged, { recursive: true, force: true });
  // By links, since it may be done once more for each part.
  await mustRun(["cp", "-al", partFolders(paths).fetched, staged]);
  if (now === undefined || keep.length === 0) return fetched;
  for (const part of partPackages.filter(({ name }) => keep.includes(name)))
    for (const file of Object.values(part.files)) {
      await rm(join(staged, file), { force: true });
      await copyFile(join(paths.parts, file), join(staged, file));
    }
  const manifest: PartsManifest = {
    ...fetched,
    parts: fetched.parts.map(
      (part) => now.parts.find((each) => each.name === part.name && keep.includes(each.name)) ?? part,
    ),
  };
  await writeDurably(join(staged, "parts.json"), `${JSON.stringify(manifest, undefined, 2)}\n`, 0o644);
  return manifest;
}

/** Takes away what was fetched. */
export const dropFetched = (paths: InstancePaths): Promise<void> =>
  rm(partFolders(paths).fetched, { recursive: true, force: true });

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
