import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { AdvisoryError } from "./advisory-error.ts";

/** "Badv" in ASCII: SQLite keeps it in the file's header. */
const applicationId = 0x42616476;
const formatVersion = 2;

/**
 * A record is what a source serves under one name (an OSV file, one package of Debian's tracker); its sum tells whether
 * a refresh brought anything new. What it says is in advisory and affected, which are looked up by scope and package.
 */
const tables = `
  CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    name TEXT NOT NULL,
    sum INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (source, name)
  ) STRICT;
  CREATE TABLE scope (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE advisory (id INTEGER PRIMARY KEY, record INTEGER NOT NULL, source INTEGER NOT NULL, head TEXT NOT NULL) STRICT;
  CREATE INDEX advisory_record ON advisory (record);
  CREATE TABLE affected (
    scope INTEGER NOT NULL,
    package TEXT NOT NULL,
    advisory INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (scope, package, advisory, seq)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX affected_advisory ON affected (advisory);
  CREATE TABLE scored (cve TEXT NOT NULL, advisory INTEGER NOT NULL, PRIMARY KEY (cve, advisory)) WITHOUT ROWID, STRICT;
  CREATE INDEX scored_advisory ON scored (advisory);
  CREATE TABLE fix_seen (
    scope INTEGER NOT NULL,
    package TEXT NOT NULL,
    version TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (scope, package, version)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE exploited (cve TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL NOT NULL, percentile REAL NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE lifecycle (
    product TEXT NOT NULL,
    cycle TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (product, cycle)
  ) WITHOUT ROWID, STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`;

/** Opens the database, made where there is none. It can be fetched again: a power cut may cost the last import. */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: 10_000 });
  try {
    const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    const id = pragma("application_id");
    const empty = database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"] === 0;
    if (!empty && id !== applicationId)
      throw new AdvisoryError("foreign-database", `${file} is no database of advisories`);
    if (!empty && pragma("user_version") !== formatVersion)
      throw new AdvisoryError(
        "foreign-database",
        `${file} was written by another version of this program: delete it, and import the advisories again`,
      );
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;");
    if (empty) database.exec(`BEGIN IMMEDIATE; ${tables} COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof AdvisoryError) throw error;
    if (isBusy(error)) throw busy(file, error);
    throw new AdvisoryError("foreign-database", `${file} cannot be opened as a database of advisories`, error);
  }
}

const sqliteBusy = 5;

/** Whether another process holds the database, and went on holding it for as long as we wait. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  "errcode" in error &&
  typeof error.errcode === "number" &&
  (error.errcode & 0xff) === sqliteBusy;

export const busy = (file: string, cause: unknown): AdvisoryError =>
  new AdvisoryError("busy", `${file} is being written by another import; try again when that is done`, cause);

/**
 * Opens a database for reading alone, whoever owns it: neither locked nor written, its log not looked at. It must stand still
 * meanwhile (see `holdAdvisories`).
 */
export function openStillDatabase(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  try {
    const database = new DatabaseSync(url, { readOnly: true });
    database.exec("PRAGMA cache_size = -16384; PRAGMA query_only = ON;");
    return database;
  } catch (error) {
    throw new AdvisoryError("foreign-database", `${file} cannot be opened as a database of advisories`, error);
  }
}
