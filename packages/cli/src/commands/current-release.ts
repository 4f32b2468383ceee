import { join } from "node:path";
import {
  checkRelease,
  type DatabaseCopy,
  type InstalledPrograms,
  type InstancePaths,
  installedPrograms,
  makeReleaseFolders,
  type PendingSwitch,
  type PlacedPrograms,
  type Progress,
  ReleaseError,
  type ReleaseState,
  readReleaseState,
  releaseFolders,
  settlePrograms,
  silentProgress,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import {
  abandonedName,
  databaseFacts,
  databaseFile,
  type LostWrites,
  lostText,
  lostWrites,
} from "../instance/database.ts";
import { findInstance } from "../instance/find-instance.ts";
import { onlyRoot } from "../only-root.ts";
import { endSwitchAlone } from "../release/end-switch.ts";
import { root } from "../release/may-put-in.ts";
import type { Moved } from "../release/move-programs.ts";
import { planRelease, type ReleasePlan, type WayBack, wayBackTo } from "../release/release-plan.ts";
import { dropStaged, type StagedRelease, stageRelease } from "../release/stage-release.ts";
import { aloneWithPrograms, carryOut, placed, recorder } from "../release/switch-release.ts";
import type { VouchOptions } from "../release/vouch.ts";

export interface BulkheadOptions extends VouchOptions {
  readonly root?: string;
  /** Go back although writes are lost by it. */
  readonly loseWrites?: boolean;
}

/** How Bulkhead itself stands, and what a release would change. */
export interface BulkheadPlan {
  readonly root: string;
  readonly here: InstalledPrograms;
  /** Of the database; undefined: not told to whoever asks. */
  readonly format: number | undefined;
  readonly previous?: {
    readonly version: string;
    readonly wayBack: WayBack | "unknown";
    readonly copy?: DatabaseCopy;
    readonly lost?: LostWrites;
  };
  /** A switch that was begun and not ended. */
  readonly pending?: ReleaseState["pending"];
  /** Where a release was named. */
  readonly release?: ReleasePlan & { readonly vouched: string; readonly integrity: string };
}

/** Throws CommandFailure for whoever is not root. */
export const asRoot = (what: string): void => {
  onlyRoot(`${what} changes what root runs: sudo bulkhead current ${what} --bulkhead …`);
};

/** The programs that an instance runs. Throws CommandFailure where it has none. */
export async function hereOf(paths: InstancePaths): Promise<InstalledPrograms> {
  const here = await installedPrograms(paths);
  if (here === undefined)
    throw new CommandFailure(`${paths.root} has no programs yet: bulkhead up --root ${paths.root} brings them`);
  return here;
}

/** How Bulkhead itself stands; with a file or version, what putting that in would mean. Nothing is changed. */
export async function planBulkhead(
  which: string | undefined,
  options: BulkheadOptions,
  progress: Progress = silentProgress,
  now = Date.now(),
): Promise<BulkheadPlan> {
  const { paths } = await findInstance(options.root);
  const here = await hereOf(paths);
  const { previous, pending } = await readReleaseState(paths);
  const format = databaseFacts(databaseFile(paths))?.format;
  const base: BulkheadPlan = {
    root: paths.root,
    here,
    format,
    ...(previous === undefined ? {} : { previous: previousOf(paths, previous, format) }),
    ...(pending === undefined ? {} : { pending }),
  };
  if (which === undefined) return base;
  asRoot("plan");
  return aloneWithPrograms(paths, async () => {
    const staged = await stageRelease(paths, which, options, progress, now);
    try {
      const { vouched, integrity } = staged;
      return { ...base, release: { ...planOf(paths, here, staged), vouched, integrity } };
    } finally {
      await dropStaged(staged);
    }
  });
}

function previousOf(
  paths: InstancePaths,
  { version, schema, copy }: NonNullable<ReleaseState["previous"]>,
  format: number | undefined,
): NonNullable<BulkheadPlan["previous"]> {
  const wayBack = format === undefined ? "unknown" : wayBackTo(schema, format);
  return {
    version,
    wayBack,
    ...(copy === undefined ? {} : { copy }),
    ...(wayBack === "database" && copy !== undefined ? { lost: lostWrites(databaseFile(paths), copy) } : {}),
  };
}

/** What putting a staged release in would mean. Throws CommandFailure where the database cannot be read. */
export function planOf(
  paths: InstancePaths,
  here: InstalledPrograms,
  { manifest, manifestDigest }: StagedRelease,
): ReleasePlan {
  const format = databaseFacts(databaseFile(paths))?.format;
  if (format === undefined)
    throw new CommandFailure(`${databaseFile(paths)} cannot be read; bring the instance up once before`, 1);
  return planRelease({ here, next: manifest, nextManifest: manifestDigest, format });
}

export interface BulkheadRolledBack {
  readonly root: string;
  readonly from: string;
  readonly to: string;
  readonly wayBack: WayBack;
  readonly moved: Moved;
  readonly audited: boolean;
}

/** Puts the programs back that were there before the last apply; and the database, where those cannot read it any more. */
export async function rollBackBulkhead(options: BulkheadOptions, progress: Progress): Promise<BulkheadRolledBack> {
  asRoot("rollback");
  const { paths, config } = await findInstance(options.root);
  return aloneWithPrograms(paths, async () => {
    await endSwitchAlone(paths, config, progress, { start: false });
    const { previous } = await readReleaseState(paths);
    if (previous?.copy === undefined || previous.folder === undefined)
      throw new CommandFailure(
        `${paths.root} has no programs to go back to: nothing was put in by current apply --bulkhead`,
      );
    await makeReleaseFolders(paths);
    const from = placed(await hereOf(paths));
    const { copy: kept, ...earlier } = { ...previous, copy: previous.copy };
    const to: PlacedPrograms = { ...earlier, folder: previous.folder };
    if (from.folder === to.folder) throw new CommandFailure(`${to.version} runs already`, 1);
    await whole(paths, to);
    const format = databaseFacts(databaseFile(paths))?.format;
    const wayBack = format === undefined ? "database" : wayBackTo(to.schema, format);
    const lost = wayBack === "database" ? lostWrites(databaseFile(paths), kept) : undefined;
    if (lost !== undefined && options.loseWrites !== true)
      throw new CommandFailure(
        `${to.version} does not read the database as ${from.version} has made it; its copy has to come back: ${lostText(lost)}. To have that: bulkhead current rollback --bulkhead --lose-writes`,
        1,
      );
    const note = recorder({ paths, config, from: from.version, to: to.version });
    if (lost !== undefined) progress.note(lostText(lost));
    await note("rolling-back", lost === undefined ? "the database stays as it is" : lostText(lost));
    await settlePrograms(paths, from.folder);
    const { format: _, pending: __, ...undone } = await readReleaseState(paths);
    const pending: PendingSwitch = {
      at: new Date().toISOString(),
      move: { from, to, copy: kept, ...(wayBack === "database" ? { restore: abandonedName(Date.now()) } : {}) },
      done: { current: to },
      undone,
      word: root,
    };
    const moved = await carryOut(paths, config, pending, note, progress);
    return { root: paths.root, from: from.version, to: to.version, wayBack, moved, audited: note.all };
  });
}

/** What is gone back to is what it was when it was left. */
async function whole(paths: InstancePaths, { folder, manifest, version }: PlacedPrograms): Promise<void> {
  if (manifest === undefined) return;
  try {
    await checkRelease(join(releaseFolders(paths).releases, folder), manifest);
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    throw new CommandFailure(`${version} is not gone back to: ${error.message} (${error.code})`, 1, error);
  }
}
