import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { Advisory, ParsedRecord } from "./advisory.ts";
import { AdvisoryError } from "./advisory-error.ts";
import { busy, isBusy, openDatabase } from "./schema.ts";
import type { SourceKind, SourceState } from "./source-state.ts";

/** One record of a source, read only where its sum is new. */
export interface SourceRecord {
  readonly name: string;
  /** CRC-32 of its bytes. */
  readonly sum: number;
  parse(): ParsedRecord;
}

export interface TakeInOptions {
  readonly file: string;
  readonly source: {
    readonly name: string;
    readonly kind: SourceKind;
    readonly location: string;
    readonly newest?: number;
    readonly etag?: string;
    /** For partial ones: when the whole was last taken in. */
    readonly whole?: number;
  };
  readonly records: Iterable<SourceRecord> | AsyncIterable<SourceRecord>;
  /** The records are changes to what is there, not the whole: what is not among them stays. */
  readonly partial?: boolean;
  /** Takes the refresh although it shrinks the source by a tenth or more. */
  readonly accept: boolean;
  readonly now: number;
}

export interface TakenIn {
  readonly source: SourceState;
  /** Records that were new or changed. */
  readonly changed: number;
  readonly removed: number;
}

const shownUnreadable = 5;
/** Longest stretch without letting others run, milliseconds. */
const stretch = 10;

/** Replaces a source by its records in one transaction: readers see it as it was, or whole. */
export async function takeIn(options: TakeInOptions): Promise<TakenIn> {
  const database = openDatabase(options.file);
  try {
    begin(database, options.file);
    try {
      const taken = await replace(database, options);
      database.exec("COMMIT");
      database.exec("PRAGMA wal_checkpoint(PASSIVE)");
      return taken;
    } catch (error) {
      database.exec("ROLLBACK");
      if (error instanceof AdvisoryError && error.code === "held") noteHeld(database, options, error);
      throw error;
    }
  } finally {
    database.close();
  }
}

/** Begins to write; one import at a time. */
export function begin(database: DatabaseSync, file: string): void {
  try {
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    throw isBusy(error) ? busy(file, error) : error;
  }
}

/** A refresh that waits for a person. */
class HeldRefresh extends AdvisoryError {
  readonly records: number;
  constructor(name: string, before: number, records: number) {
    super(
      "held",
      `${name}: the refresh has ${records} records where there were ${before}; nothing was changed. If that is right, import it again with --accept`,
    );
    this.records = records;
  }
}

/** Whether so few records where there were so many are too few to be taken without being asked about. */
export const shrunk = (before: number, after: number): boolean => before > 0 && after <= before * 0.9;

interface Known {
  readonly id: number;
  readonly sum: number;
  readonly state: string;
}

async function replace(database: DatabaseSync, options: TakeInOptions): Promise<TakenIn> {
  const { source, now } = options;
  const before = stateOf(database, source.name);
  const sourceId = Number(
    database
      .prepare(
        "INSERT INTO source (name, kind, body) VALUES (?, ?, '{}') ON CONFLICT (name) DO UPDATE SET kind = excluded.kind RETURNING id",
      )
      .get(source.name, source.kind)?.["id"],
  );
  const known = new Map<string, Known>();
  for (const row of database.prepare("SELECT id, name, sum, state FROM record WHERE source = ?").iterate(sourceId))
    known.set(String(row["name"]), { id: Number(row["id"]), sum: Number(row["sum"]), state: String(row["state"]) });
  const writer = recordWriter(database, sourceId, now);
  const seen = new Set<string>();
  const unreadable: { name: string; why: string }[] = [];
  let newest = source.newest;
  let changed = 0;
  const dated = { yes: 0, no: 0 };
  let since = performance.now();
  for await (const record of options.records) {
    if (performance.now() - since > stretch) {
      await setImmediate();
      since = performance.now();
    }
    if (record.name.length > 512 || seen.has(record.name)) continue;
    seen.add(record.name);
    const old = known.get(record.name);
    if (old?.sum === record.sum && old.state !== "unreadable") continue;
    const parsed = parseRecord(record);
    if (old !== undefined) writer.remove(old.id);
    writer.add(record, parsed);
    changed++;
    if (parsed.state === "unreadable" && unreadable.length < shownUnreadable)
      unreadable.push({ name: record.name.slice(0, 100), why: parsed.why });
    if (source.newest === undefined && parsed.state === "read")
      for (const { modified, published } of parsed.advisories) {
        const time = modified ?? published;
        if (time === undefined) dated.no++;
        else {
          dated.yes++;
          if (time <= now && time > (newest ?? 0)) newest = time;
        }
      }
  }
  let removed = 0;
  if (options.partial !== true)
    for (const [name, { id }] of known)
      if (!seen.has(name)) {
        writer.remove(id);
        removed++;
      }
  const counts = countStates(database, sourceId);
  const records = writer.advisories();
  const shrinks = before !== undefined && shrunk(before.records, records);
  if (shrinks && !options.accept) throw new HeldRefresh(source.name, before.records, records);
  // A few dated records among many undated ones say nothing of the whole.
  if (source.newest === undefined && dated.no > dated.yes) newest = undefined;
  const time = Math.max(newest ?? 0, source.newest === undefined ? (before?.newest ?? 0) : 0);
  const state: SourceState = {
    name: source.name,
    kind: source.kind,
    location: source.location,
    checked: now,
    ...(time === 0 ? {} : { newest: time }),
    records,
    withdrawn: counts.get("withdrawn") ?? 0,
    irrelevant: counts.get("irrelevant") ?? 0,
    unreadable: {
      count: counts.get("unreadable") ?? 0,
      first: (counts.get("unreadable") ?? 0) === 0 ? [] : unreadable,
    },
    scopes: changed + removed === 0 && before !== undefined ? before.scopes : scopesOf(database, sourceId),
    ...(options.partial === true && source.whole === undefined ? {} : { whole: source.whole ?? now }),
    ...(source.etag === undefined ? {} : { etag: source.etag }),
    ...(shrinks ? { shrunkFrom: before.records } : {}),
  };
  writeState(database, state);
  return { source: state, changed, removed };
}

function parseRecord(record: SourceRecord): ParsedRecord {
  try {
    return record.parse();
  } catch (error) {
    // One damaged record costs itself, not the source.
    if (error instanceof AdvisoryError || error instanceof RangeError)
      return { state: "unreadable", why: error instanceof AdvisoryError ? error.code : "out of range" };
    throw error;
  }
}

function recordWriter(database: DatabaseSync, source: number, now: number) {
  const insertRecord = database.prepare(
    "INSERT INTO record (source, name, sum, state) VALUES (?, ?, ?, ?) RETURNING id",
  );
  const insertAdvisory = database.prepare("INSERT INTO advisory (record, source, head) VALUES (?, ?, ?) RETURNING id");
  const insertAffected = database.prepare(
    "INSERT INTO affected (scope, package, advisory, seq, body) VALUES (?, ?, ?, ?, ?)",
  );
  const insertFix = database.prepare(
    "INSERT OR IGNORE INTO fix_seen (scope, package, version, at) VALUES (?, ?, ?, ?)",
  );
  const insertScope = database.prepare("INSERT INTO scope (name) VALUES (?) RETURNING id");
  const removeAffected = database.prepare(
    "DELETE FROM affected WHERE advisory IN (SELECT id FROM advisory WHERE record = ?)",
  );
  const insertScored = database.prepare("INSERT OR IGNORE INTO scored (cve, advisory) VALUES (?, ?)");
  const removeScored = database.prepare(
    "DELETE FROM scored WHERE advisory IN (SELECT id FROM advisory WHERE record = ?)",
  );
  const removeAdvisories = database.prepare("DELETE FROM advisory WHERE record = ?");
  const removeRecord = database.prepare("DELETE FROM record WHERE id = ?");
  const scopes = new Map<string, number>();
  for (const row of database.prepare("SELECT id, name FROM scope").all())
    scopes.set(String(row["name"]), Number(row["id"]));
  const scopeId = (name: string): number => {
    const known = scopes.get(name);
    if (known !== undefined) return known;
    const id = Number(insertScope.get(name)?.["id"]);
    scopes.set(name, id);
    return id;
  };
  const addAdvisory = (record: number, { affected, ...head }: Advisory): void => {
    const id = Number(insertAdvisory.get(record, source, JSON.stringify(head))?.["id"]);
    // An advisory about one flaw: its score is that flaw's, wherever else it is.
    if (head.cvss !== undefined && head.answers.length === 0)
      for (const name of [head.id, ...head.aliases]) if (name.startsWith("CVE-")) insertScored.run(name, id);
    let seq = 0;
    for (const { scope, package: name, ...body } of affected) {
      const at = scopeId(scope);
      insertAffected.run(at, name, id, seq++, JSON.stringify(body));
      if (head.published === undefined)
        for (const { fixed } of body.intervals) if (fixed !== undefined) insertFix.run(at, name, fixed, now);
    }
  };
  return {
    add({ name, sum }: SourceRecord, parsed: ParsedRecord): void {
      const record = Number(insertRecord.get(source, name, sum, parsed.state)?.["id"]);
      if (parsed.state === "read") for (const advisory of parsed.advisories) addAdvisory(record, advisory);
    },
    remove(record: number): void {
      removeAffected.run(record);
      removeScored.run(record);
      removeAdvisories.run(record);
      removeRecord.run(record);
    },
    advisories: (): number =>
      Number(database.prepare("SELECT count(*) AS n FROM advisory WHERE source = ?").get(source)?.["n"]),
  };
}

const countStates = (database: DatabaseSync, source: number): Map<string, number> =>
  new Map(
    database
      .prepare("SELECT state, count(*) AS n FROM record WHERE source = ? GROUP BY state")
      .all(source)
      .map((row) => [String(row["state"]), Number(row["n"])]),
  );

const scopesOf = (database: DatabaseSync, source: number): string[] =>
  database
    .prepare(
      "SELECT name FROM scope WHERE id IN (SELECT DISTINCT a.scope FROM affected a JOIN advisory v ON v.id = a.advisory WHERE v.source = ?) ORDER BY name",
    )
    .all(source)
    .map((row) => String(row["name"]));

/** A source as it stands; undefined where it was never taken in. */
export function stateOf(database: DatabaseSync, name: string): SourceState | undefined {
  const body = database.prepare("SELECT body FROM source WHERE name = ?").get(name)?.["body"];
  return body === undefined || body === "{}" ? undefined : (JSON.parse(String(body)) as SourceState);
}

/** Writes what is to be shown of a source. */
export function writeState(database: DatabaseSync, state: SourceState): void {
  database
    .prepare(
      "INSERT INTO source (name, kind, body) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, body = excluded.body",
    )
    .run(state.name, state.kind, JSON.stringify(state));
}

/** Takes a source out with all that it said; false where there is none of that name. */
export function forgetSource(file: string, name: string): boolean {
  const database = openDatabase(file);
  try {
    const id = database.prepare("SELECT id FROM source WHERE name = ?").get(name)?.["id"];
    if (id === undefined) return false;
    const source = Number(id);
    begin(database, file);
    try {
      for (const sql of [
        "DELETE FROM affected WHERE advisory IN (SELECT id FROM advisory WHERE source = ?)",
        "DELETE FROM scored WHERE advisory IN (SELECT id FROM advisory WHERE source = ?)",
        "DELETE FROM advisory WHERE source = ?",
        "DELETE FROM record WHERE source = ?",
        "DELETE FROM source WHERE id = ?",
      ])
        database.prepare(sql).run(source);
      const table = Object.hasOwn(ownTables, name) ? ownTables[name] : undefined;
      if (table !== undefined) database.exec(`DELETE FROM ${table}`);
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
    return true;
  } finally {
    database.close();
  }
}

/** Sources whose rows lie in a table of their own. */
const ownTables: Readonly<Record<string, string>> = { kev: "exploited", epss: "epss", endoflife: "lifecycle" };

function noteHeld(database: DatabaseSync, { source, now }: TakeInOptions, error: AdvisoryError): void {
  const before = stateOf(database, source.name);
  const records = error instanceof HeldRefresh ? error.records : 0;
  if (before !== undefined) writeState(database, { ...before, held: { at: now, records } });
}
