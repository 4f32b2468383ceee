import type { ReleaseCycle } from "./advisory-database.ts";
import { AdvisoryError } from "./advisory-error.ts";
import { fieldOf, listOf, parseJson, textOf, timeOf } from "./json-value.ts";
import { openDatabase } from "./schema.ts";
import type { SourceKind, SourceState } from "./source-state.ts";
import { begin, shrunk, stateOf, writeState } from "./take-in.ts";

interface Small {
  readonly newest?: number;
  readonly records: number;
  readonly unreadable: { name: string; why: string }[];
  /** Writes the rows, the old ones being gone. */
  readonly fill: (prepare: (sql: string) => { run(...values: (string | number)[]): unknown }) => void;
}

/** CISA's catalogue of known exploited vulnerabilities. */
export function readKev(bytes: Uint8Array): Small {
  const document = parseJson(bytes);
  const list = fieldOf(document, "vulnerabilities");
  if (!Array.isArray(list)) throw new AdvisoryError("malformed", "kev: no catalogue of exploited vulnerabilities");
  const unreadable: { name: string; why: string }[] = [];
  const rows = new Map<string, string>();
  for (const entry of listOf(list)) {
    const cve = textOf(fieldOf(entry, "cveID"), 64);
    const added = textOf(fieldOf(entry, "dateAdded"), 32);
    if (cve === undefined || added === undefined) {
      unreadable.push({ name: cve ?? "(no name)", why: "no CVE, or no date" });
      continue;
    }
    const due = textOf(fieldOf(entry, "dueDate"), 32);
    const ransomware = fieldOf(entry, "knownRansomwareCampaignUse") === "Known";
    rows.set(cve, JSON.stringify({ added, ...(due === undefined ? {} : { due }), ransomware }));
  }
  const newest = timeOf(fieldOf(document, "dateReleased"));
  return {
    ...(newest === undefined ? {} : { newest }),
    records: rows.size,
    unreadable,
    fill(prepare) {
      prepare("DELETE FROM exploited").run();
      const insert = prepare("INSERT INTO exploited (cve, body) VALUES (?, ?)");
      for (const [cve, body] of rows) insert.run(cve, body);
    },
  };
}

const epssRow = /^(CVE-\d{4}-\d{4,10}),(\d(?:\.\d+)?(?:e-\d+)?),(\d(?:\.\d+)?(?:e-\d+)?)$/;

/** FIRST's exploit prediction scores, as CSV: a comment with the day, a heading, a row a CVE. */
export function readEpss(bytes: Uint8Array): Small {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const newest = timeOf(/score_date:([0-9T:+-]+)/.exec(text.slice(0, 1000))?.[1]);
  const unreadable: { name: string; why: string }[] = [];
  const rows = new Map<string, readonly [number, number]>();
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end).trimEnd();
    at = end < 0 ? text.length : end + 1;
    if (line === "" || line.startsWith("#") || line.startsWith("cve,")) continue;
    const match = epssRow.exec(line);
    const score = Number(match?.[2]);
    const percentile = Number(match?.[3]);
    if (match?.[1] === undefined || !(score <= 1) || !(percentile <= 1))
      unreadable.push({ name: line.slice(0, 60), why: "not a CVE with two shares" });
    else rows.set(match[1], [score, percentile]);
  }
  if (rows.size === 0) throw new AdvisoryError("malformed", "epss: no row with a score");
  return {
    ...(newest === undefined ? {} : { newest }),
    records: rows.size,
    unreadable,
    fill(prepare) {
      prepare("DELETE FROM epss").run();
      const insert = prepare("INSERT INTO epss (cve, score, percentile) VALUES (?, ?, ?)");
      for (const [cve, [score, percentile]] of rows) insert.run(cve, score, percentile);
    },
  };
}

/** endoflife.date's products with their release cycles (`/api/v1/products/full`). */
export function readEndOfLife(bytes: Uint8Array): Small {
  const document = parseJson(bytes);
  const products = fieldOf(document, "result");
  if (!Array.isArray(products)) throw new AdvisoryError("malformed", "endoflife: no list of products");
  const unreadable: { name: string; why: string }[] = [];
  const rows: [product: string, cycle: string, body: string][] = [];
  const seen = new Set<string>();
  let newest = 0;
  for (const product of listOf(products)) {
    const name = textOf(fieldOf(product, "name"), 128);
    if (name === undefined) {
      unreadable.push({ name: "(no name)", why: "no name" });
      continue;
    }
    for (const release of listOf(fieldOf(product, "releases"))) {
      const cycle = cycleOf(release);
      if (cycle === undefined || seen.has(`${name} ${cycle.cycle}`)) continue;
      seen.add(`${name} ${cycle.cycle}`);
      rows.push([name, cycle.cycle, JSON.stringify(cycle)]);
      newest = Math.max(newest, timeOf(fieldOf(fieldOf(release, "latest"), "date")) ?? 0);
    }
  }
  const said = timeOf(fieldOf(document, "last_modified"));
  const time = said ?? newest;
  return {
    ...(time === 0 ? {} : { newest: time }),
    records: rows.length,
    unreadable,
    fill(prepare) {
      prepare("DELETE FROM lifecycle").run();
      const insert = prepare("INSERT INTO lifecycle (product, cycle, body) VALUES (?, ?, ?)");
      for (const row of rows) insert.run(...row);
    },
  };
}

function cycleOf(release: unknown): ReleaseCycle | undefined {
  const cycle = textOf(fieldOf(release, "name"), 64);
  if (cycle === undefined) return undefined;
  const day = (field: string): string | boolean | undefined => {
    const value = fieldOf(release, field);
    return typeof value === "boolean" ? value : textOf(value, 32);
  };
  const codename = textOf(fieldOf(release, "codename"), 64)?.toLowerCase();
  const endOfLife = day("eolFrom") ?? day("isEol");
  const extendedSupport = day("eoesFrom");
  const latest = textOf(fieldOf(fieldOf(release, "latest"), "name"), 64);
  return {
    cycle,
    ...(codename === undefined ? {} : { codename }),
    ...(endOfLife === undefined ? {} : { endOfLife }),
    ...(extendedSupport === undefined ? {} : { extendedSupport }),
    ...(latest === undefined ? {} : { latest }),
  };
}

export interface SmallOptions {
  readonly file: string;
  readonly name: string;
  readonly kind: SourceKind;
  readonly location: string;
  readonly etag?: string;
  readonly accept: boolean;
  readonly now: number;
}

/** Replaces a source that is read whole, under the same rules as the others. */
export function takeInSmall(small: Small, options: SmallOptions): SourceState {
  const { file, name, kind, location, accept, now } = options;
  const database = openDatabase(file);
  try {
    const before = stateOf(database, name);
    const shrinks = before !== undefined && shrunk(before.records, small.records);
    if (shrinks && !accept) {
      writeState(database, { ...before, held: { at: now, records: small.records } });
      throw new AdvisoryError(
        "held",
        `${name}: the refresh has ${small.records} records where there were ${before.records}; nothing was changed. If that is right, import it again with --accept`,
      );
    }
    const state: SourceState = {
      name,
      kind,
      location,
      checked: now,
      ...(small.newest === undefined ? {} : { newest: small.newest }),
      records: small.records,
      withdrawn: 0,
      irrelevant: 0,
      unreadable: { count: small.unreadable.length, first: small.unreadable.slice(0, 5) },
      scopes: [],
      ...(options.etag === undefined ? {} : { etag: options.etag }),
      ...(shrinks ? { shrunkFrom: before.records } : {}),
    };
    begin(database, file);
    try {
      small.fill((sql) => database.prepare(sql));
      writeState(database, state);
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
    return state;
  } finally {
    database.close();
  }
}
