import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, writeDurably } from "../instance.ts";
import { currencyFolder } from "../inventory/part-offers.ts";
import { readJsonIfThere } from "../read-if-there.ts";

/**
 * Where releases of Bulkhead are looked up without a person asking, and what has to vouch for them. Root's to say: an
 * object of the API may say when a release goes in, never whose.
 */
export interface ReleaseSource {
  readonly format: 1;
  /** Absent: npm's own. */
  readonly registry?: string;
  /** The repository that a release has to be built from. */
  readonly source: string;
  readonly workflow?: string;
  /** Whether the registry's keys lie beside; else it is asked for its own. */
  readonly keys: boolean;
  readonly by: string;
  /** RFC 3339. */
  readonly since: string;
}

/** The newest release when the registry was last asked. Times RFC 3339. */
export interface ReleaseOffer {
  readonly format: 1;
  readonly asked: string;
  /** The registry's host. */
  readonly registry: string;
  /** Absent: none was verified. */
  readonly version?: string;
  /** Who signed and built it. */
  readonly vouched?: string;
  readonly gaps: readonly string[];
  /** Since when each version is known here. */
  readonly seen: Readonly<Record<string, string>>;
}

/** Where what vouches for releases is kept. */
export const releaseSourceFiles = (paths: InstancePaths) => {
  const at = (name: string): string => join(currencyFolder(paths), name);
  return {
    source: at("release-source.json"),
    trustedRoot: at("release-trusted-root.json"),
    keys: at("release-registry-keys.json"),
    offer: at("release-offer.json"),
  };
};

/** Undefined: nobody said any. Throws SyntaxError on a damaged file. */
export const readReleaseSource = (paths: InstancePaths): Promise<ReleaseSource | undefined> =>
  readJsonIfThere(releaseSourceFiles(paths).source);

/** Writes it down with copies of what it is verified by, for all to read and root to change. */
export async function writeReleaseSource(
  paths: InstancePaths,
  source: ReleaseSource,
  trust: { readonly trustedRoot: Uint8Array; readonly keys: Uint8Array | undefined },
): Promise<void> {
  const files = releaseSourceFiles(paths);
  await mkdir(currencyFolder(paths), { recursive: true, mode: 0o755 });
  await rm(files.offer, { force: true });
  await writeDurably(files.trustedRoot, trust.trustedRoot, 0o644);
  if (trust.keys !== undefined) await writeDurably(files.keys, trust.keys, 0o644);
  await writeDurably(files.source, `${JSON.stringify(source, undefined, 2)}\n`, 0o644);
}

export async function removeReleaseSource(paths: InstancePaths): Promise<void> {
  const { source, ...others } = releaseSourceFiles(paths);
  for (const file of [source, ...Object.values(others)]) await rm(file, { force: true });
}

/** Undefined: nobody asked, or what was noted is damaged: it is asked anew. */
export const readReleaseOffer = (paths: InstancePaths): Promise<ReleaseOffer | undefined> =>
  readJsonIfThere<ReleaseOffer>(releaseSourceFiles(paths).offer).catch(() => undefined);

export const writeReleaseOffer = (paths: InstancePaths, offer: ReleaseOffer): Promise<void> =>
  writeDurably(releaseSourceFiles(paths).offer, `${JSON.stringify(offer, undefined, 2)}\n`, 0o644);
