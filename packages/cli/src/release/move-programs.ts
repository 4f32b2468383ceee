import { join } from "node:path";
import {
  type InstanceConfig,
  type InstancePaths,
  leadPrograms,
  type ProgramMove,
  type Progress,
  releaseFolders,
  settlePrograms,
} from "@bulkhead/host";
import {
  abandonedName,
  databaseFacts,
  databaseFile,
  type LostWrites,
  lostText,
  lostWrites,
} from "../instance/database.ts";
import { restoreCopy, undoRestore } from "./database-copy.ts";
import { type Before, lookBefore, stopPrograms, takeOver } from "./health.ts";
import { wayBackTo } from "./release-plan.ts";

/** What a switch did. */
export interface Moved {
  /** Whether it ran; else the next start takes the programs. */
  readonly restarted: boolean;
  /** Containers that ran before and run on, by the process that is theirs. */
  readonly containers: number;
  /** Where a copy took the database's place: what it has not, and where what was there is kept. */
  readonly lost?: LostWrites;
  readonly abandoned?: string;
}

/** A switch that was not well: what ran before runs again, or does not, as the message says. */
export class MoveError extends Error {
  readonly back: boolean;
  readonly lost: LostWrites | undefined;
  readonly abandoned: string | undefined;
  constructor(message: string, back: boolean, more: { lost?: LostWrites; abandoned?: string }, cause: unknown) {
    super(message, { cause });
    this.name = "MoveError";
    this.back = back;
    this.lost = more.lost;
    this.abandoned = more.abandoned;
  }
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** How far a switch came that was interrupted; absent: it begins now. */
export interface Resumed {
  /** Whether the programs are started where nothing runs. */
  readonly start: boolean;
}

/**
 * Exchanges the programs and has the new ones take over, with containers running on. Where they are not well the earlier
 * ones come back by themselves, and the copy of the database with them, if they cannot read it as it is by then: what that
 * loses is said before. With `resumed` the programs lie there already. Throws MoveError.
 */
export async function movePrograms(
  paths: InstancePaths,
  config: InstanceConfig,
  move: ProgramMove,
  progress: Progress,
  resumed?: Resumed,
): Promise<Moved> {
  const { from, to, copy, restore } = move;
  const before = await lookBefore(paths, config, resumed?.start);
  const left =
    resumed === undefined ? databaseFile(paths) : join(releaseFolders(paths).copies, restore ?? "", "store.db");
  const lost = restore === undefined ? undefined : lostWrites(left, copy);
  let restored = resumed !== undefined;
  let switched = restored;
  try {
    if (restore !== undefined && !restored) {
      await stopPrograms(paths, config);
      progress.step(`database: the copy of ${copy.at} takes its place`);
      restored = true;
      await restoreCopy(paths, config, copy, restore);
    }
    if (!switched) {
      progress.step(`programs: ${from.version} → ${to.version}`);
      await leadPrograms(paths, to.folder, from.folder);
    } else await settlePrograms(paths, from.folder);
    switched = true;
    progress.detail(`${to.version} lies in its place`);
    if (before.supervised) await takeOver(paths, config, before);
    return {
      restarted: before.supervised,
      containers: before.containers.length,
      ...(lost === undefined ? {} : { lost }),
      ...(restore === undefined ? {} : { abandoned: restore }),
    };
  } catch (error) {
    progress.step(`programs: not well (${why(error)}); ${from.version} comes back`);
    if (switched) await leadPrograms(paths, from.folder, to.folder);
    return comeBack(paths, config, move, restored, before, progress, error);
  }
}

async function comeBack(
  paths: InstancePaths,
  config: InstanceConfig,
  { from, to, copy, restore }: ProgramMove,
  restored: boolean,
  before: Before,
  progress: Progress,
  cause: unknown,
): Promise<never> {
  let lost: { lost?: LostWrites; abandoned?: string } = {};
  try {
    if (restore !== undefined) {
      if (restored) {
        await stopPrograms(paths, config);
        await undoRestore(paths, restore);
      }
    } else lost = await makeReadable(paths, config, { from, to, copy }, progress);
    if (before.supervised) await takeOver(paths, config, before);
  } catch (error) {
    throw new MoveError(
      `${to.version} was not well: ${why(cause)}; and ${from.version}, which lies in its place again, did not come up: ${why(error)}`,
      false,
      lost,
      cause,
    );
  }
  const said = lost.lost === undefined ? "" : `; ${lostText(lost.lost)}; what was there is kept as ${lost.abandoned}`;
  throw new MoveError(`${to.version} was not well: ${why(cause)}; ${from.version} is back${said}`, true, lost, cause);
}

/** Puts the copy in the database's place where the earlier programs do not read what it became. */
export async function makeReadable(
  paths: InstancePaths,
  config: InstanceConfig,
  { from, to, copy }: Pick<ProgramMove, "from" | "to" | "copy">,
  progress: Progress,
): Promise<{ readonly lost?: LostWrites; readonly abandoned?: string }> {
  const format = databaseFacts(databaseFile(paths))?.format;
  if (format !== undefined && wayBackTo(from.schema, format) === "program") return {};
  const missing = lostWrites(databaseFile(paths), copy);
  progress.note(`${from.version} does not read what ${to.version} made of the database: ${lostText(missing)}`);
  await stopPrograms(paths, config);
  const abandoned = abandonedName(Date.now());
  await restoreCopy(paths, config, copy, abandoned);
  return { lost: missing, abandoned };
}
