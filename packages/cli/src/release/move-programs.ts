import {
  type DatabaseCopy,
  type InstalledPrograms,
  type InstanceConfig,
  type InstancePaths,
  leadPrograms,
  type Progress,
} from "@bulkhead/host";
import { databaseFacts, databaseFile, type LostWrites, lostText, lostWrites } from "../instance/database.ts";
import { restoreCopy, undoRestore } from "./database-copy.ts";
import { lookBefore, stopPrograms, takeOver } from "./health.ts";
import { wayBackTo } from "./release-plan.ts";

/** Programs that lie among the releases. */
export type PlacedPrograms = InstalledPrograms & { readonly folder: string };

export interface Move {
  readonly from: PlacedPrograms;
  readonly to: PlacedPrograms;
  /** The database as it was before the switch, for the way back; on a rollback, for the way there. */
  readonly copy: DatabaseCopy;
  /** The copy takes the database's place with the switch. */
  readonly restore: boolean;
}

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

/**
 * Exchanges the programs and has the new ones take over, with containers running on. Where they are not well the earlier
 * ones come back by themselves, and the copy of the database with them, if they cannot read it as it is by then: what that
 * loses is said before. Throws MoveError.
 */
export async function movePrograms(
  paths: InstancePaths,
  config: InstanceConfig,
  { from, to, copy, restore }: Move,
  progress: Progress,
): Promise<Moved> {
  const before = await lookBefore(paths, config);
  const lost = restore ? lostWrites(databaseFile(paths), copy) : undefined;
  let abandoned: string | undefined;
  let switched = false;
  try {
    if (restore) {
      await stopPrograms(paths, config);
      progress.step(`database: the copy of ${copy.at} takes its place`);
      abandoned = await restoreCopy(paths, config, copy, Date.now());
    }
    progress.step(`programs: ${from.version} → ${to.version}`);
    await leadPrograms(paths, to.folder, from.folder);
    switched = true;
    if (before.supervised) await takeOver(paths, config, before);
    return {
      restarted: before.supervised,
      containers: before.containers.length,
      ...(lost === undefined ? {} : { lost }),
      ...(abandoned === undefined ? {} : { abandoned }),
    };
  } catch (error) {
    progress.step(`programs: not well (${why(error)}); ${from.version} comes back`);
    if (switched) await leadPrograms(paths, from.folder, to.folder);
    return comeBack(paths, config, { from, to, copy, abandoned }, before, progress, error);
  }
}

async function comeBack(
  paths: InstancePaths,
  config: InstanceConfig,
  { from, to, copy, abandoned }: Omit<Move, "restore"> & { readonly abandoned: string | undefined },
  before: Parameters<typeof takeOver>[2],
  progress: Progress,
  cause: unknown,
): Promise<never> {
  let lost: { lost?: LostWrites; abandoned?: string } = {};
  try {
    if (abandoned !== undefined) {
      await stopPrograms(paths, config);
      await undoRestore(paths, abandoned);
    } else {
      const format = databaseFacts(databaseFile(paths))?.format;
      if (format === undefined || wayBackTo(from.schema, format) === "database") {
        const missing = lostWrites(databaseFile(paths), copy);
        progress.note(`${from.version} does not read what ${to.version} made of the database: ${lostText(missing)}`);
        await stopPrograms(paths, config);
        lost = { lost: missing, abandoned: await restoreCopy(paths, config, copy, Date.now()) };
      }
    }
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
