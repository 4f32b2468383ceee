import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  checkRelease,
  type DatabaseCopy,
  type InstalledPrograms,
  type InstanceConfig,
  type InstancePaths,
  installedPrograms,
  keepOnlyNamed,
  MachineLockError,
  makeReleaseFolders,
  type Progress,
  ReleaseError,
  type ReleaseState,
  readReleaseState,
  releaseFolders,
  type SelfTestStep,
  settlePrograms,
  silentProgress,
  withMachineLock,
  writeReleaseState,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { databaseFacts, databaseFile, type LostWrites, lostText, lostWrites } from "../instance/database.ts";
import { findInstance } from "../instance/find-instance.ts";
import { copyDatabase } from "../release/database-copy.ts";
import { type Moved, MoveError, movePrograms, type PlacedPrograms } from "../release/move-programs.ts";
import { type ReleaseStep, recordStep } from "../release/record-step.ts";
import { planRelease, type ReleasePlan, refusalText, type WayBack, wayBackTo } from "../release/release-plan.ts";
import { dropStaged, placeRelease, type StagedRelease, stageRelease } from "../release/stage-release.ts";
import { clearTrials, tryRelease } from "../release/trial.ts";
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

const asRoot = (what: string): void => {
  if (process.getuid?.() !== 0)
    throw new CommandFailure(`${what} changes what root runs: sudo bulkhead current ${what} --bulkhead …`);
};

/** Nobody else exchanges the programs of this instance meanwhile. */
async function alone<T>(paths: InstancePaths, work: () => Promise<T>): Promise<T> {
  const { lock } = releaseFolders(paths);
  try {
    return await withMachineLock(work, { file: lock, remove: true });
  } catch (error) {
    if (error instanceof MachineLockError)
      throw new CommandFailure(`${paths.programs}: somebody else exchanges them now`, 1, error);
    throw error;
  }
}

async function hereOf(paths: InstancePaths): Promise<InstalledPrograms> {
  const here = await installedPrograms(paths);
  if (here === undefined)
    throw new CommandFailure(`${paths.root} has no programs yet: bulkhead up --root ${paths.root} brings them`);
  return here;
}

/** Under which name programs lie, or will lie, among the releases. */
const placed = (programs: InstalledPrograms): PlacedPrograms => ({
  ...programs,
  folder: programs.folder ?? `clone-${programs.version}`,
});

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
  return alone(paths, async () => {
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

function planOf(
  paths: InstancePaths,
  here: InstalledPrograms,
  { manifest, manifestDigest }: StagedRelease,
): ReleasePlan {
  const format = databaseFacts(databaseFile(paths))?.format;
  if (format === undefined)
    throw new CommandFailure(`${databaseFile(paths)} cannot be read; bring the instance up once before`, 1);
  return planRelease({ here, next: manifest, nextManifest: manifestDigest, format });
}

export interface BulkheadApplied {
  readonly root: string;
  readonly plan: ReleasePlan;
  readonly vouched: string;
  readonly selfTest: readonly SelfTestStep[];
  /** Absent: there was nothing to do. */
  readonly moved?: Moved;
  readonly copy?: DatabaseCopy;
  /** Whether each step got into the audit log; steps while the API was away did not. */
  readonly audited: boolean;
}

/** Puts a release in: vouched for, tried on a copy of the data, exchanged, watched, and taken back where it is not well. */
export async function applyBulkhead(
  which: string,
  options: BulkheadOptions,
  progress: Progress,
  now = Date.now(),
): Promise<BulkheadApplied> {
  asRoot("apply");
  const { paths, config } = await findInstance(options.root);
  return alone(paths, async () => {
    const here = placed(await hereOf(paths));
    const staged = await stageRelease(paths, which, options, progress, now);
    const plan = await Promise.resolve()
      .then(() => planOf(paths, here, staged))
      .catch(async (error: unknown) => {
        await dropStaged(staged);
        throw error;
      });
    const { vouched } = staged;
    const note = recorder(paths, config, plan);
    if (plan.step !== "update") {
      await dropStaged(staged);
      if (plan.step === "nothing") return { root: paths.root, plan, vouched, selfTest: [], audited: true };
      await note("refused", refusalText(plan));
      throw new CommandFailure(refusalText(plan), 1);
    }
    await settlePrograms(paths, here.folder);
    await clearTrials(paths);
    const to: PlacedPrograms = {
      version: plan.to,
      folder: staged.manifest.version,
      schema: staged.manifest.schema,
      manifest: staged.manifestDigest,
      vouched,
      since: new Date(now).toISOString(),
    };
    const place = await placeRelease(paths, staged);
    await note("staged", `${vouched}; ${staged.integrity}`);
    try {
      const selfTest = await tried(place, paths, config, plan, note, progress);
      return { root: paths.root, plan, vouched, selfTest, ...(await put(paths, config, here, to, note, progress)) };
    } catch (error) {
      if ((await installedPrograms(paths))?.folder !== to.folder) await rm(place, { recursive: true, force: true });
      throw error;
    }
  });
}

type Note = ReturnType<typeof recorder>;

/** Tells steps to the audit log, and remembers whether each arrived. */
function recorder(paths: InstancePaths, config: InstanceConfig, { from, to }: Pick<ReleasePlan, "from" | "to">) {
  const note = async (step: ReleaseStep, text: string): Promise<void> => {
    const arrived = await recordStep(paths, config, { step, from, to, note: text });
    note.all &&= arrived;
  };
  note.all = true;
  return note;
}

async function tried(
  place: string,
  paths: InstancePaths,
  config: InstanceConfig,
  { from, to }: ReleasePlan,
  note: Note,
  progress: Progress,
): Promise<readonly SelfTestStep[]> {
  progress.step(`release: ${to} is tried on a copy of the database`);
  const copy = await copyDatabase(paths, "trial.db", Date.now());
  try {
    const steps = await tryRelease(place, paths, config, copy);
    const failed = steps.filter(({ passed }) => !passed).map(({ what, says }) => `${what}: ${says}`);
    await note(
      failed.length === 0 ? "tried" : "refused",
      failed.join("; ") || steps.map(({ what }) => what).join("; "),
    );
    if (failed.length > 0)
      throw new CommandFailure(
        `${to} failed its test, and nothing was changed, ${from} runs on: ${failed.join("; ")}`,
        1,
      );
    return steps;
  } finally {
    await rm(join(releaseFolders(paths).copies, copy.file), { force: true });
  }
}

async function put(
  paths: InstancePaths,
  config: InstanceConfig,
  from: PlacedPrograms,
  to: PlacedPrograms,
  note: Note,
  progress: Progress,
): Promise<Pick<BulkheadApplied, "moved" | "copy" | "audited">> {
  const state = await readReleaseState(paths);
  await note("switching", `the database is copied, then ${from.version} makes way for ${to.version}`);
  progress.step("database: copied for the way back");
  const copy = await copyDatabase(paths, `before-${to.version}.db`, Date.now());
  // Written before, so that the way back is known whatever ends us.
  const switched: ReleaseState = { format: 1, current: to, previous: { ...from, copy } };
  await writeReleaseState(paths, {
    ...switched,
    pending: { from: from.version, to: to.version, at: new Date().toISOString() },
  });
  try {
    const moved = await movePrograms(paths, config, { from, to, copy, restore: false }, progress);
    await writeReleaseState(paths, switched);
    await note("updated", `containers that ran and run on: ${moved.containers}; the database's copy is ${copy.file}`);
    await prune(paths, [to.folder, from.folder], [copy.file]);
    return { moved, copy, audited: note.all };
  } catch (error) {
    if (!(error instanceof MoveError)) throw error;
    const { pending: _, ...before } = state;
    await writeReleaseState(paths, { ...before, ...(from.manifest === undefined ? {} : { current: from }) });
    if (error.back) await note("taken-back", error.message);
    throw new CommandFailure(error.message, 1, error);
  }
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
  return alone(paths, async () => {
    const { previous } = await readReleaseState(paths);
    if (previous?.copy === undefined || previous.folder === undefined)
      throw new CommandFailure(
        `${paths.root} has no programs to go back to: nothing was put in by current apply --bulkhead`,
      );
    await makeReleaseFolders(paths);
    const from = placed(await hereOf(paths));
    const { copy: kept, ...earlier } = { ...previous, copy: previous.copy };
    const to: PlacedPrograms = { ...earlier, folder: previous.folder };
    if (from.folder === to.folder) {
      await writeReleaseState(paths, { format: 1, current: to });
      throw new CommandFailure(`${to.version} runs already: the switch away from it was not done`, 1);
    }
    await whole(paths, to);
    const format = databaseFacts(databaseFile(paths))?.format;
    const wayBack = format === undefined ? "database" : wayBackTo(to.schema, format);
    const lost = wayBack === "database" ? lostWrites(databaseFile(paths), kept) : undefined;
    if (lost !== undefined && options.loseWrites !== true)
      throw new CommandFailure(
        `${to.version} does not read the database as ${from.version} has made it; its copy has to come back: ${lostText(lost)}. To have that: bulkhead current rollback --bulkhead --lose-writes`,
        1,
      );
    const note = recorder(paths, config, { from: from.version, to: to.version });
    if (lost !== undefined) progress.note(lostText(lost));
    await note("rolling-back", lost === undefined ? "the database stays as it is" : lostText(lost));
    await settlePrograms(paths, from.folder);
    try {
      const move = { from, to, copy: kept, restore: wayBack === "database" };
      const moved = await movePrograms(paths, config, move, progress);
      await writeReleaseState(paths, { format: 1, current: to });
      await note("rolled-back", moved.lost === undefined ? "no write is lost" : lostText(moved.lost));
      await prune(paths, [to.folder], moved.abandoned === undefined ? [] : [moved.abandoned]);
      return { root: paths.root, from: from.version, to: to.version, wayBack, moved, audited: note.all };
    } catch (error) {
      if (!(error instanceof MoveError)) throw error;
      throw new CommandFailure(error.message, 1, error);
    }
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

/** Releases and copies that nothing leads to any more go: each is the size of a Node. */
async function prune(paths: InstancePaths, folders: readonly string[], copied: readonly string[]): Promise<void> {
  const { releases, copies } = releaseFolders(paths);
  await keepOnlyNamed(releases, [...folders, "copies", "state.json"], await readdir(releases));
  await keepOnlyNamed(copies, copied, await readdir(copies));
}
