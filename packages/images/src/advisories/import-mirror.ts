import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { crc32 } from "node:zlib";
import { AdvisoryError } from "./advisory-error.ts";
import { type CvssScorer, loadCvss } from "./cvss.ts";
import { type Download, download } from "./download.ts";
import { type Imported, type ImportOptions, importOrigin, type Origin } from "./import-folder.ts";
import { timeOf } from "./json-value.ts";
import { parseOsv } from "./osv.ts";
import { recogniseFile, securitySuite } from "./recognise.ts";
import { openDatabase } from "./schema.ts";
import type { SourceState } from "./source-state.ts";
import { type SourceRecord, stateOf, takeIn, writeState } from "./take-in.ts";

export interface MirrorOptions extends Omit<ImportOptions, "location"> {
  /** An OSV mirror's base, as `https://osv-vulnerabilities.storage.googleapis.com`, or one file of a source. */
  readonly url: string;
  /** OSV ecosystems to take; default: all that the mirror's `ecosystems.txt` names. */
  readonly ecosystems?: readonly string[];
  readonly plainHttp: boolean;
  readonly signal?: AbortSignal;
}

/** Up to so many changed records are fetched one by one; past that the whole archive is less work. */
const mostSingly = 300;
/** How long changes are believed to be all there is; then the whole is fetched again. */
const wholeEvery = 7 * 86_400_000;
const mostIds = 5_000_000;

/** Takes in what a mirror serves, fetching no more than has changed. Each source succeeds or fails by itself. */
export async function importMirror(options: MirrorOptions): Promise<readonly Imported[]> {
  const { file, url } = options;
  const score = await loadCvss();
  const folder = join(dirname(file), "downloads");
  if (/\.(?:zip|json|csv|gz|xz|zst|lz4)$|Packages$|\/full$/.test(new URL(url).pathname))
    return [await importFile(options, url, folder, score)];
  const ecosystems = options.ecosystems ?? (await listedEcosystems(options, folder));
  const results: Imported[] = [];
  for (const ecosystem of ecosystems) results.push(await importEcosystem(options, ecosystem, folder, score));
  return results;
}

const fileName = (url: string): string => encodeURIComponent(url).slice(-200);

const fetchTo = (options: MirrorOptions, url: string, to: string, etag?: string): Promise<Download> =>
  download({
    url,
    to,
    plainHttp: options.plainHttp,
    ...(etag === undefined ? {} : { etag }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });

async function listedEcosystems(options: MirrorOptions, folder: string): Promise<string[]> {
  const to = join(folder, fileName(`${options.url}/ecosystems.txt`));
  const got = await fetchTo(options, joinUrl(options.url, "ecosystems.txt"), to);
  if (got.outcome !== "fetched")
    throw new AdvisoryError(
      "nothing-there",
      `${options.url} names no ecosystems (ecosystems.txt); say which with --ecosystem`,
    );
  const text = await readFile(to, "utf8");
  await rm(to, { force: true });
  return (
    text
      .split("\n")
      .map((line) => line.trim())
      // `Debian:12` is also in `Debian`.
      .filter((line) => /^[A-Za-z][A-Za-z0-9 ._-]{0,63}$/.test(line) && !line.includes(".."))
  );
}

const joinUrl = (base: string, ...parts: readonly string[]): string =>
  `${base.replace(/\/+$/, "")}/${parts.map(encodeURIComponent).join("/")}`;

function knownState(file: string, name: string): SourceState | undefined {
  const database = openDatabase(file);
  try {
    return stateOf(database, name);
  } finally {
    database.close();
  }
}

/** Notes that a source was asked for and had not changed. */
function noteUnchanged(file: string, state: SourceState, now: number): Imported {
  const source = { ...state, checked: now };
  const database = openDatabase(file);
  try {
    writeState(database, source);
  } finally {
    database.close();
  }
  return { outcome: "taken", source, changed: 0, removed: 0 };
}

async function importFile(options: MirrorOptions, url: string, folder: string, score: CvssScorer): Promise<Imported> {
  const { file, now, accept } = options;
  const to = join(folder, fileName(url));
  const name = basename(new URL(url).pathname);
  try {
    const before = [...sourcesAt(file, url)][0];
    const got = await fetchTo(options, url, to, before?.etag);
    if (got.outcome === "absent") return { outcome: "failed", name, says: `${url} is not there` };
    if (got.outcome === "unchanged" && before !== undefined) return noteUnchanged(file, before, now);
    const path = decodeURIComponent(new URL(url).pathname);
    const kind = await recogniseFile(to, path);
    if (kind === undefined) return { outcome: "failed", name, says: `${url} is in no form that is known here` };
    const ecosystem = basename(dirname(path));
    const origin: Origin = {
      name:
        kind === "osv" ? `osv/${ecosystem}` : kind === "debian-suite" ? `debian-suite/${securitySuite(path)}` : kind,
      kind,
      paths: [to],
      location: url,
      ...(got.outcome === "fetched" && got.etag !== undefined ? { etag: got.etag } : {}),
      ...(got.outcome === "fetched" && got.modified !== undefined ? { newest: got.modified } : {}),
    };
    return await importOrigin(origin, { file, accept, now, location: url }, score);
  } catch (error) {
    if (!(error instanceof AdvisoryError) || error.code === "foreign-database" || error.code === "busy") throw error;
    return { outcome: "failed", name, says: error.message };
  } finally {
    await rm(to, { force: true });
  }
}

function* sourcesAt(file: string, location: string): Generator<SourceState> {
  const database = openDatabase(file);
  try {
    for (const row of database.prepare("SELECT body FROM source").all()) {
      const state = JSON.parse(String(row["body"])) as SourceState;
      if (state.location === location) yield state;
    }
  } finally {
    database.close();
  }
}

async function importEcosystem(
  options: MirrorOptions,
  ecosystem: string,
  folder: string,
  score: CvssScorer,
): Promise<Imported> {
  const { file, url, now, accept } = options;
  const name = `osv/${ecosystem}`;
  const to = join(folder, fileName(`${ecosystem}.zip`));
  try {
    const before = knownState(file, name);
    const changes = before === undefined ? undefined : await importChanges(options, ecosystem, before, folder, score);
    if (changes !== undefined) return changes;
    const got = await fetchTo(options, joinUrl(url, ecosystem, "all.zip"), to, before?.etag);
    if (got.outcome === "absent") return { outcome: "failed", name, says: `${url} has no ${ecosystem}` };
    if (got.outcome === "unchanged" && before !== undefined) return noteUnchanged(file, { ...before, whole: now }, now);
    const origin: Origin = {
      name,
      kind: "osv",
      paths: [to],
      location: url,
      ...(got.outcome === "fetched" && got.etag !== undefined ? { etag: got.etag } : {}),
    };
    return await importOrigin(origin, { file, accept, now, location: url }, score);
  } catch (error) {
    if (!(error instanceof AdvisoryError) || error.code === "foreign-database" || error.code === "busy") throw error;
    return { outcome: "failed", name, says: error.message };
  } finally {
    await rm(to, { force: true });
  }
}

/** Fetches only what `modified_id.csv` says is newer; undefined where the whole is the better, or only, way. */
async function importChanges(
  options: MirrorOptions,
  ecosystem: string,
  before: SourceState,
  folder: string,
  score: CvssScorer,
): Promise<Imported | undefined> {
  const { file, url, now, accept } = options;
  if (before.newest === undefined || before.whole === undefined || now - before.whole > wholeEvery) return undefined;
  if (before.held !== undefined || before.location !== url) return undefined;
  const list = join(folder, fileName(`${ecosystem}.csv`));
  const got = await fetchTo(options, joinUrl(url, ecosystem, "modified_id.csv"), list);
  if (got.outcome !== "fetched") return undefined;
  const ids = await newerIds(list, before.newest);
  await rm(list, { force: true });
  if (ids === undefined) return undefined;
  const records = await mkdtemp(join(folder, "changes-"));
  try {
    const changed = async function* (): AsyncGenerator<SourceRecord> {
      for (const id of ids) {
        const path = join(records, "record.json");
        if ((await fetchTo(options, joinUrl(url, ecosystem, `${id}.json`), path)).outcome !== "fetched") continue;
        const bytes = await readFile(path);
        yield { name: id, sum: crc32(bytes), parse: () => parseOsv(bytes, score) };
      }
    };
    const { name, kind, location, etag, whole } = before;
    const source = { name, kind, location, ...(etag === undefined ? {} : { etag }), whole };
    return { outcome: "taken", ...(await takeIn({ file, accept, now, partial: true, source, records: changed() })) };
  } finally {
    await rm(records, { recursive: true, force: true });
  }
}

/** Ids changed since a time; undefined where they are too many, or the list is not one. */
async function newerIds(path: string, since: number): Promise<string[] | undefined> {
  const ids: string[] = [];
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === "") continue;
    const match = /^([0-9T:.Z+-]{10,40}),([A-Za-z0-9][A-Za-z0-9._:-]{0,127})$/.exec(line);
    const time = timeOf(match?.[1]);
    if (match?.[2] === undefined || ++lines > mostIds) return undefined;
    if (time === undefined) continue;
    // Newest first.
    if (time <= since) break;
    ids.push(match[2]);
    if (ids.length > mostSingly) return undefined;
  }
  return ids;
}
