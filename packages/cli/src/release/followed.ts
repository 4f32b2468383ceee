import type { AskedRelease } from "@bulkhead/analysis";
import {
  type InstancePaths,
  type ReleaseOffer,
  readReleaseOffer,
  readReleaseSource,
  releaseSourceFiles,
  writeReleaseOffer,
} from "@bulkhead/host";
import { compareVersions } from "@bulkhead/images";
import { askRelease, npm, type ReleaseOptions } from "../current/ask-release.ts";
import { CommandFailure } from "../exit-codes.ts";

/** The registry is asked again after so many milliseconds; sooner where its last answer could not be used. */
const askAgain = { answered: 6 * 3_600_000, not: 3_600_000 };
const mostSeen = 16;

/** Whether one version comes after another; what cannot be ordered does not. */
export const isNewer = (version: string, than: string): boolean => compareVersions("npm", version, than) === 1;

/** What root said of where releases come from, as options of a person; undefined: nothing. */
export async function followedOptions(paths: InstancePaths): Promise<ReleaseOptions | undefined> {
  const said = await readReleaseSource(paths);
  if (said === undefined) return undefined;
  const { registry, source, workflow, keys } = said;
  const files = releaseSourceFiles(paths);
  return {
    source,
    trustedRoot: files.trustedRoot,
    ...(registry === undefined ? {} : { registry }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(keys ? { registryKeys: files.keys } : {}),
  };
}

/** What the registry said when it was last asked, held against what runs; undefined: nobody asked. */
export async function rememberedRelease(paths: InstancePaths, here: string): Promise<AskedRelease | undefined> {
  const offer = await readReleaseOffer(paths);
  if (offer === undefined) return undefined;
  const { version, vouched, asked, registry, gaps } = offer;
  return version === undefined
    ? { gaps }
    : { newest: { version, source: vouched ?? registry, at: asked, newer: isNewer(version, here) }, gaps };
}

/**
 * Asks the registry that root named for Bulkhead's newest release, verifies it, and remembers the answer; not again before
 * its time, unless `anew`. Undefined: root named none. What it is verified by and cannot be read is a gap, too.
 */
export async function askFollowed(
  paths: InstancePaths,
  here: string,
  now: number,
  anew = false,
): Promise<AskedRelease | undefined> {
  const options = await followedOptions(paths);
  if (options === undefined) return undefined;
  const before = await readReleaseOffer(paths);
  const age = now - Date.parse(before?.asked ?? "");
  const wait = before?.version === undefined ? askAgain.not : askAgain.answered;
  if (!anew && age >= 0 && age < wait) return rememberedRelease(paths, here);
  const { newest, gaps } = await askRelease(options, here, now).catch((error: unknown): AskedRelease => {
    if (!(error instanceof CommandFailure)) throw error;
    return { gaps: [error.message] };
  });
  const asked = new Date(now).toISOString();
  const offer: ReleaseOffer = {
    format: 1,
    asked,
    registry: new URL(options.registry ?? npm).host,
    ...(newest === undefined ? {} : { version: newest.version, vouched: newest.source }),
    gaps,
    seen: seenBy(before?.seen ?? {}, newest?.version, asked),
  };
  await writeReleaseOffer(paths, offer);
  return rememberedRelease(paths, here);
}

/** Since when each version is known: a release that is offered again is as old as it was. */
function seenBy(before: ReleaseOffer["seen"], version: string | undefined, now: string): ReleaseOffer["seen"] {
  if (version === undefined || Object.hasOwn(before, version)) return before;
  return Object.fromEntries([[version, now] as const, ...Object.entries(before)].slice(0, mostSeen));
}
