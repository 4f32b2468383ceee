import { existsSync } from "node:fs";
import {
  AdvisoryError,
  ageOf,
  forgetSource,
  type Imported,
  importAdvisories,
  importMirror,
  openAdvisories,
  type SourceAge,
  type SourceState,
} from "@bulkhead/images";
import { advisoriesFile, type DatabaseOptions } from "../advisories/database-file.ts";
import { CommandFailure } from "../exit-codes.ts";

export interface ImportCommandOptions extends DatabaseOptions {
  readonly accept?: boolean;
  readonly ecosystem?: readonly string[];
  readonly plainHttp?: boolean;
}

export interface ImportReport {
  readonly database: string;
  readonly sources: readonly Imported[];
}

/** Takes advisories in from a folder, a file or a mirror. */
export async function importCommand(location: string, options: ImportCommandOptions): Promise<ImportReport> {
  const file = advisoriesFile(options);
  const common = { file, accept: options.accept === true, now: Date.now() };
  try {
    if (!/^https?:\/\//.test(location)) {
      if (!existsSync(location)) throw new CommandFailure(`${location} is not there`);
      return { database: file, sources: await importAdvisories({ ...common, location }) };
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
    return { database: file, sources: await importMirror(mirror) };
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
}

/** Every source with its age, its count, and what of it could not be read. */
export function advisoriesStatus(options: DatabaseOptions): AdvisoriesStatus {
  const file = advisoriesFile(options);
  if (!existsSync(file)) return { database: file, sources: [] };
  const database = openAdvisories(file);
  try {
    const now = Date.now();
    return { database: file, sources: database.sources().map((source) => ({ ...source, age: ageOf(source, now) })) };
  } finally {
    database.close();
  }
}

/** Takes a source out of the database. */
export function forgetCommand(name: string, options: DatabaseOptions): void {
  const file = advisoriesFile(options);
  if (!existsSync(file) || !forgetSource(file, name))
    throw new CommandFailure(`${name}: no source of that name at ${file}; see bulkhead advisories status`, 1);
}
