import { readFile } from "node:fs/promises";
import {
  type InstancePaths,
  type ReleaseSource,
  readReleaseSource,
  removeReleaseSource,
  writeReleaseSource,
} from "@bulkhead/host";
import { npm, type ReleaseOptions, readTrust } from "../current/ask-release.ts";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { personHere } from "../instance/person-here.ts";
import { onlyRoot } from "../only-root.ts";
import { harmless } from "../output/print.ts";

export interface FollowOptions extends ReleaseOptions {
  readonly root?: string;
  readonly remove?: boolean;
}

export interface Following {
  readonly root: string;
  /** Absent: nobody said where releases come from. */
  readonly following?: ReleaseSource;
}

/** Says where releases of Bulkhead come from and what vouches for them, or takes that away; else tells what was said. */
export async function followReleases(options: FollowOptions, now = Date.now()): Promise<Following> {
  const { paths } = await findInstance(options.root);
  const { remove, registry, source, workflow, trustedRoot, registryKeys } = options;
  const given = [registry, source, workflow, trustedRoot, registryKeys].some((each) => each !== undefined);
  if (remove === true) {
    if (given) throw new CommandFailure("--remove goes with nothing else");
    asRoot();
    await removeReleaseSource(paths);
  } else if (given) await follow(paths, options, now);
  const following = await readReleaseSource(paths);
  return { root: paths.root, ...(following === undefined ? {} : { following }) };
}

async function follow(paths: InstancePaths, options: FollowOptions, now: number): Promise<void> {
  asRoot();
  const { registry, source, workflow, trustedRoot, registryKeys } = options;
  if (source === undefined || trustedRoot === undefined)
    throw new CommandFailure(
      "give --source REPOSITORY and --trusted-root FILE: nothing else proves that a release is ours",
    );
  // What cannot be used is told now, not when nobody looks.
  await readTrust(options);
  const said: ReleaseSource = {
    format: 1,
    source,
    ...(registry === undefined ? {} : { registry }),
    ...(workflow === undefined ? {} : { workflow }),
    keys: registryKeys !== undefined,
    by: personHere(),
    since: new Date(now).toISOString(),
  };
  const keys = registryKeys === undefined ? undefined : await readFile(registryKeys);
  await writeReleaseSource(paths, said, { trustedRoot: await readFile(trustedRoot), keys });
}

function asRoot(): void {
  onlyRoot("where releases come from is root's to say: sudo bulkhead current follow …");
}

export function followingText({ following }: Following): string {
  if (following === undefined)
    return "nobody said where releases of Bulkhead come from: bulkhead current follow --source REPOSITORY --trusted-root FILE";
  const { registry = npm, source, workflow, keys, by, since } = following;
  return harmless(
    [
      `releases of Bulkhead: from ${registry}, built from ${source}${workflow === undefined ? "" : ` by ${workflow}`}, ${keys ? "by keys that were given" : "by the registry's own keys"}`,
      `said by ${by}, ${since.slice(0, 10)}; asked where a CurrencyPolicy names bulkhead, and by bulkhead current plan`,
    ].join("\n"),
  );
}
