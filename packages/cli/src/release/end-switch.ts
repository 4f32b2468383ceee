import { existsSync } from "node:fs";
import {
  type InstanceConfig,
  type InstancePaths,
  installedPrograms,
  type Progress,
  type ReleaseState,
  readReleaseState,
  settlePrograms,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { databaseFacts, databaseFile } from "../instance/database.ts";
import { undoRestore } from "./database-copy.ts";
import { lookBefore, stopPrograms, takeOver } from "./health.ts";
import { makeReadable } from "./move-programs.ts";
import { aloneWithPrograms, carryOut, recorder, takenBack } from "./switch-release.ts";
import { isUnderSwitch } from "./under-switch.ts";

/** How an interrupted switch was ended. */
export interface EndedSwitch {
  readonly from: string;
  readonly to: string;
  /** `finished`: what was switched to runs. `taken-back`: what was there before. */
  readonly ended: "finished" | "taken-back";
  readonly says: string;
}

export interface EndOptions {
  /** Whether programs are started where no supervisor runs. */
  readonly start: boolean;
}

/**
 * Ends a switch of Bulkhead's programs that was begun and not ended, because whoever did it was killed or the machine went
 * down. What lies on the disk decides: where the new programs lie in their place already they take over and are watched as
 * in any switch, and taken back where they are not well; where they do not, all is put as it was. Undefined: there is none.
 */
export async function endInterruptedSwitch(
  paths: InstancePaths,
  config: InstanceConfig,
  progress: Progress,
  options: EndOptions,
): Promise<EndedSwitch | undefined> {
  if (isUnderSwitch() || (await readReleaseState(paths)).pending === undefined) return undefined;
  return aloneWithPrograms(paths, () => endSwitchAlone(paths, config, progress, options));
}

/** The same for whoever has the programs alone already. */
export async function endSwitchAlone(
  paths: InstancePaths,
  config: InstanceConfig,
  progress: Progress,
  { start }: EndOptions,
): Promise<EndedSwitch | undefined> {
  // Whoever held the lock before may have ended it.
  const { pending } = await readReleaseState(paths);
  if (pending === undefined) return undefined;
  const { from, to } = pending.move;
  const told = { from: from.version, to: to.version };
  const note = recorder({ paths, config, ...told, policies: pending.word.policies });
  progress.step(`programs: the switch ${told.from} → ${told.to} of ${pending.at} was interrupted`);
  if ((await installedPrograms(paths))?.folder !== to.folder) {
    const says = "it was interrupted, and the earlier programs lie in their place";
    await takeBack(paths, config, pending, progress, start);
    await takenBack(paths, pending, says, note);
    return { ...told, ended: "taken-back", says };
  }
  try {
    await carryOut(paths, config, pending, note, progress, { start });
    return { ...told, ended: "finished", says: "the programs lay in their place already" };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { ...told, ended: "taken-back", says: error.message };
  }
}

/** Puts programs and database as they were, and has them run again where others do by now. */
async function takeBack(
  paths: InstancePaths,
  config: InstanceConfig,
  { move }: NonNullable<ReleaseState["pending"]>,
  progress: Progress,
  start: boolean,
): Promise<void> {
  await settlePrograms(paths, move.from.folder);
  if (move.restore !== undefined) {
    await stopPrograms(paths, config);
    await undoRestore(paths, move.restore);
  } else {
    // A copy takes the place of none, and of one that is known not to be read; never of one that only did not answer.
    if (existsSync(databaseFile(paths)) && databaseFacts(databaseFile(paths)) === undefined)
      throw new CommandFailure(`${databaseFile(paths)} is there and cannot be read: the switch is not ended`, 1);
    await makeReadable(paths, config, move, progress);
  }
  const before = await lookBefore(paths, config, start);
  if (before.supervised) await takeOver(paths, config, before);
}
