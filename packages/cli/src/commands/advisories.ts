import { existsSync } from "node:fs";
import {
  AdvisoryError,
  ageOf,
  forgetSource,
  type Imported,
  importAdvisories,
  importMirror,
  openAdvisories,
  type RefreshState,
  readRefreshState,
  type SourceAge,
  type SourceState,
} from "@bulkhead/images";
import { advisoriesFile, type DatabaseOptions } from "../advisories/database-file.ts";
import { type DecideOptions, decideRefresh, type RefreshDecided } from "../advisories/decide-refresh.ts";
import { type FollowedAdvisories, followedAdvisories } from "../advisories/follow.ts";
import { CommandFailure } from "../exit-codes.ts";
import { personHere } from "../instance/person-here.ts";

export interface ImportCommandOptions extends DatabaseOptions {
  readonly accept?: boolean;
  readonly ecosystem?: readonly string[];
  readonly plainHttp?: boolean;
}

export interface ImportReport {
  readonly database: string;
  readonly sources: readonly Imported[];
  /** An instance decides by advisories of its own, which these become when they were compared. */
  readonly decided?: boolean;
}

/** Takes advisories in from a folder, a file or a mirror. */
export async function importCommand(location: string, options: ImportCommandOptions): Promise<ImportReport> {
  const file = advisoriesFile(options);
  const common = { file, accept: options.accept === true, now: Date.now() };
  const decided = (await readRefreshState(file).catch(() => undefined))?.inUse !== undefined;
  try {
    if (!/^https?:\/\//.test(location)) {
      if (!existsSync(location)) throw new CommandFailure(`${location} is not there`);
      return { database: file, sources: await importAdvisories({ ...common, location }), decided };
    }
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    const mirror = {
      ...common,
      url: location,
      plainHttp: options.plainHttp === true,
      signal: stop.signal,
      ...(options.ecosystem === undefined ? {} : { ecosystems: options.ecosystem }),
    };
    return { database: file, sources: await importMirror(mirror), decided };
  } catch (error) {
    if (error instanceof AdvisoryError)
      throw new CommandFailure(error.message, error.code === "nothing-there" ? 2 : 1, error);
    throw error;
  }
}

export interface StatusSource extends SourceState {
  readonly age: SourceAge;
}

export interface AdvisoriesStatus {
  readonly database: string;
  readonly sources: readonly StatusSource[];
  /** Whether images are decided by them, and why not; absent: no instance's agent has looked at them. */
  readonly refresh?: RefreshState;
  /** What is taken in by itself, with how the last look at each went. */
  readonly followed: FollowedAdvisories["followed"];
}

/** Every source with its age, its count, and what of it could not be read. */
export async function advisoriesStatus(options: DatabaseOptions): Promise<AdvisoriesStatus> {
  const file = advisoriesFile(options);
  const { followed } = await followedAdvisories(file);
  if (!existsSync(file)) return { database: file, sources: [], followed };
  const database = openAdvisories(file);
  try {
    const now = Date.now();
    const refresh = await readRefreshState(file).catch(() => undefined);
    return {
      database: file,
      sources: database.sources().map((source) => ({ ...source, age: ageOf(source, now) })),
      ...(refresh === undefined ? {} : { refresh }),
      followed,
    };
  } finally {
    database.close();
  }
}

/** Settles a refresh that is held. */
export const decideCommand = (decision: "accept" | "reject", options: DecideOptions): Promise<RefreshDecided> => {
  return decideRefresh(decision, options, { user: personHere(), now: Date.now, patience: 30_000 });
};

/** Takes a source out of the database. */
export function forgetCommand(name: string, options: DatabaseOptions): void {
  const file = advisoriesFile(options);
  if (!existsSync(file) || !forgetSource(file, name))
    throw new CommandFailure(`${name}: no source of that name at ${file}; see bulkhead advisories status`, 1);
}
