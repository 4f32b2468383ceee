import { readdir } from "node:fs/promises";
import { type ActedOnPart, bulkheadItself } from "@bulkhead/api";
import {
  type DatabaseCopy,
  type InstalledPrograms,
  type InstanceConfig,
  type InstancePaths,
  keepOnlyNamed,
  MachineLockError,
  type PlacedPrograms,
  type ProgramMove,
  type Progress,
  type ReleaseState,
  readReleaseState,
  releaseFolders,
  rememberOutcome,
  withMachineLock,
  writeReleaseState,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { lostText } from "../instance/database.ts";
import { copyDatabase } from "./database-copy.ts";
import { type Moved, MoveError, movePrograms, type Resumed } from "./move-programs.ts";
import { type Recording, type ReleaseStep, recordStep } from "./record-step.ts";

/** On whose word programs are exchanged. */
export type OnWordOf = Pick<ActedOnPart, "by" | "policies" | "approvedBy">;

/** Nobody else exchanges the programs of this instance meanwhile. Throws CommandFailure where somebody does for minutes. */
export async function aloneWithPrograms<T>(paths: InstancePaths, work: () => Promise<T>): Promise<T> {
  const { lock } = releaseFolders(paths);
  try {
    return await withMachineLock(work, { file: lock, remove: true });
  } catch (error) {
    if (error instanceof MachineLockError)
      throw new CommandFailure(`${paths.programs}: somebody else exchanges them now`, 1, error);
    throw error;
  }
}

/** Under which name programs lie, or will lie, among the releases. */
export const placed = (programs: InstalledPrograms): PlacedPrograms => ({
  ...programs,
  folder: programs.folder ?? `clone-${programs.version}`,
});

export type Note = ReturnType<typeof recorder>;

/** Tells steps to the audit log, and remembers whether each arrived. */
export function recorder(recording: Omit<Recording, "step" | "note">) {
  const note = async (step: ReleaseStep, text: string): Promise<void> => {
    const arrived = await recordStep({ ...recording, step, note: text });
    note.all &&= arrived;
  };
  note.all = true;
  return note;
}

/** Remembers what became of a release, as of a part: what failed or was taken back is not put in again by itself. */
export const rememberRelease = (
  paths: InstancePaths,
  { from, to }: { readonly from: { readonly version: string }; readonly to: { readonly version: string } },
  outcome: ActedOnPart["outcome"],
  says: string,
  word: OnWordOf,
): Promise<void> =>
  rememberOutcome(paths, {
    changes: [{ part: bulkheadItself, from: from.version, to: to.version }],
    outcome,
    says,
    ...word,
    at: Date.now(),
  });

type Pending = NonNullable<ReleaseState["pending"]>;

/** Copies the database and exchanges the programs, which are taken back where they are not well: then CommandFailure. */
export async function switchRelease(
  paths: InstancePaths,
  config: InstanceConfig,
  { from, to }: Pick<ProgramMove, "from" | "to">,
  word: OnWordOf,
  note: Note,
  progress: Progress,
): Promise<{ readonly moved: Moved; readonly copy: DatabaseCopy }> {
  const { current: _, pending: __, format: ___, ...before } = await readReleaseState(paths);
  await note("switching", `the database is copied, then ${from.version} makes way for ${to.version}`);
  progress.step("database: copied for the way back");
  const copy = await copyDatabase(paths, `before-${to.version}.db`, Date.now());
  const pending: Pending = {
    at: new Date().toISOString(),
    move: { from, to, copy },
    done: { current: to, previous: { ...from, copy } },
    undone: { ...before, ...(from.manifest === undefined ? {} : { current: from }) },
    word,
  };
  return { moved: await carryOut(paths, config, pending, note, progress), copy };
}

/**
 * Exchanges the programs, after what is meant was written down: so the way on and the way back are known whatever ends us.
 * Throws CommandFailure where they were taken back. With `resumed` it goes on with a switch that was interrupted.
 */
export async function carryOut(
  paths: InstancePaths,
  config: InstanceConfig,
  pending: Pending,
  note: Note,
  progress: Progress,
  resumed?: Resumed,
): Promise<Moved> {
  if (resumed === undefined) await writeReleaseState(paths, { format: 1, ...pending.done, pending });
  try {
    const moved = await movePrograms(paths, config, pending.move, progress, resumed);
    await finish(paths, pending, moved, note);
    return moved;
  } catch (error) {
    if (!(error instanceof MoveError)) throw error;
    await takenBack(paths, pending, error.message, error.back ? note : undefined);
    const { move, done, word } = pending;
    // A way back that failed says nothing against the release that it led to.
    if (done.previous !== undefined) await rememberRelease(paths, move, "Failed", error.message, word);
    throw new CommandFailure(error.message, 1, error);
  }
}

/** It went well: nothing stays that nothing leads to. */
async function finish(
  paths: InstancePaths,
  { move: { from, to, copy, restore }, done, word }: Pending,
  moved: Moved,
  note: Note,
): Promise<void> {
  await writeReleaseState(paths, { format: 1, ...done });
  if (done.previous === undefined) {
    await note("rolled-back", moved.lost === undefined ? "no write is lost" : lostText(moved.lost));
    // What a person took back is put in again by a person alone.
    const says = "a person put the earlier release back";
    await rememberRelease(paths, { from: to, to: from }, "TakenBack", says, word);
    return prune(paths, [to.folder], restore === undefined ? [] : [restore]);
  }
  await note("updated", `containers that ran and run on: ${moved.containers}; the database's copy is ${copy.file}`);
  await rememberRelease(paths, { from, to }, "Applied", `tried; ${moved.containers} containers ran on`, word);
  return prune(paths, [to.folder, from.folder], [copy.file]);
}

/** The state as it was before, with why. */
export async function takenBack(
  paths: InstancePaths,
  { undone }: Pending,
  why: string,
  note: Note | undefined,
): Promise<void> {
  await writeReleaseState(paths, { format: 1, ...undone });
  await note?.("taken-back", why);
}

/** Releases and copies that nothing leads to any more go: each is the size of a Node. */
async function prune(paths: InstancePaths, folders: readonly string[], copied: readonly string[]): Promise<void> {
  const { releases, copies } = releaseFolders(paths);
  await keepOnlyNamed(releases, [...folders, "copies", "state.json"], await readdir(releases));
  await keepOnlyNamed(copies, copied, await readdir(copies));
}
