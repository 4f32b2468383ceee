import { constants } from "node:fs";
import { copyFile, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type InstancePaths,
  isReleaseVersion,
  makeReleaseFolders,
  type Progress,
  ReleaseError,
  type ReleaseManifest,
  releaseFolders,
  roomFor,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { databaseFile } from "../instance/database.ts";
import { unpackRelease } from "./unpack-release.ts";
import { checkArchive, digestOf, fetchArchive, type VouchOptions, vouchForFile, vouchForVersion } from "./vouch.ts";

/** A release that was vouched for and lies unpacked, under a name of nobody's yet. */
export interface StagedRelease {
  readonly folder: string;
  readonly manifest: ReleaseManifest;
  readonly manifestDigest: string;
  /** Of the archive. */
  readonly integrity: string;
  readonly vouched: string;
}

/**
 * Brings an archive, a file's or a registry's, into the instance's folder: only what somebody vouches for is opened.
 * Whatever happens nothing but the staged folder stays. Throws CommandFailure.
 */
export async function stageRelease(
  paths: InstancePaths,
  which: string,
  options: VouchOptions,
  progress: Progress,
  now: number,
): Promise<StagedRelease> {
  await makeReleaseFolders(paths);
  const { releases } = releaseFolders(paths);
  const making = await mkdtemp(join(releases, "staging-"));
  const archive = join(making, "archive.tgz");
  const folder = join(making, "release");
  try {
    progress.step(`release: what vouches for ${which}`);
    const vouched = isReleaseVersion(which)
      ? await fetchArchive(await vouchForVersion(which, options, now), archive)
      : await fromFile(which, archive, options);
    progress.step(`release: ${vouched.vouched}; unpacked`);
    const { manifest, manifestDigest } = await unpackRelease(archive, folder);
    if (vouched.version !== undefined && vouched.version !== manifest.version)
      throw new CommandFailure(
        `what was vouched for is ${vouched.version}, and the archive holds ${manifest.version}`,
        1,
      );
    await rm(archive);
    await refuseWithoutRoom(paths);
    return { folder, manifest, manifestDigest, integrity: vouched.integrity, vouched: vouched.vouched };
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (error instanceof ReleaseError) throw new CommandFailure(`${which}: ${error.message} (${error.code})`, 1, error);
    throw error;
  }
}

/** The bytes that are looked at are those that are unpacked, whoever changes the file meanwhile. */
async function fromFile(file: string, archive: string, options: VouchOptions) {
  await checkArchive(file);
  await copyFile(file, archive, constants.COPYFILE_EXCL);
  return { ...(await vouchForFile(file, await digestOf(archive), options)), file: archive };
}

/** A copy of the database for the trial, one for the way back, and what is written meanwhile. */
async function refuseWithoutRoom(paths: InstancePaths): Promise<void> {
  const size = (await stat(databaseFile(paths)).catch(() => undefined))?.size ?? 0;
  const need = 4 * size + (64 << 20);
  const free = await roomFor(paths);
  if (free < need)
    throw new CommandFailure(
      `${paths.root} has ${free >> 20} MB free; copies of the database need ${need >> 20} MB`,
      1,
    );
}

/** Gives a staged release its place among the releases. */
export async function placeRelease(paths: InstancePaths, { folder, manifest }: StagedRelease): Promise<string> {
  const { releases } = releaseFolders(paths);
  const place = join(releases, manifest.version);
  await rm(place, { recursive: true, force: true });
  await rename(folder, place);
  await rm(join(folder, ".."), { recursive: true });
  return place;
}

export const dropStaged = ({ folder }: StagedRelease): Promise<void> =>
  rm(join(folder, ".."), { recursive: true, force: true });
