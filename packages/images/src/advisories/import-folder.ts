import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { crc32 } from "node:zlib";
import { CompressionError } from "../compression/compression-error.ts";
import { unpacked } from "../compression/unpack.ts";
import { AdvisoryError } from "./advisory-error.ts";
import { alpineSecdb } from "./alpine-secdb.ts";
import { type CvssScorer, loadCvss } from "./cvss.ts";
import { debianSuiteRecords } from "./debian-suite.ts";
import { debianTrackerRecords } from "./debian-tracker.ts";
import { parseOsv } from "./osv.ts";
import { recogniseFile, securitySuite } from "./recognise.ts";
import { parseRedHatVex } from "./redhat-vex.ts";
import { readEndOfLife, readEpss, readKev, takeInSmall } from "./small-sources.ts";
import type { SourceKind } from "./source-state.ts";
import { type SourceRecord, type TakenIn, takeIn } from "./take-in.ts";
import { tarDocuments } from "./tar-documents.ts";
import { openZip } from "./zip-file.ts";

/** Largest document that is read whole. */
const mostBytes = 256 * 2 ** 20;
/** Largest that one streams by. */
const mostStreamed = 4 * 2 ** 30;
const deepestFolder = 6;
const mostFiles = 2_000_000;

export interface ImportOptions {
  /** The database's file. */
  readonly file: string;
  /** A folder (looked through for whatever it holds), or one file. */
  readonly location: string;
  /** Takes refreshes although they shrink a source by a tenth or more. */
  readonly accept: boolean;
  readonly now: number;
}

/** What became of one source of an import. */
export type Imported =
  | ({ readonly outcome: "taken" } & TakenIn)
  | { readonly outcome: "held" | "failed"; readonly name: string; readonly says: string };

/** Where a source is read from, and what it will be called. */
export interface Origin {
  readonly name: string;
  readonly kind: SourceKind;
  /** Files of it: one, or each a record. */
  readonly paths: readonly string[];
  readonly location: string;
  readonly etag?: string;
  /** When its publisher last changed it, where a mirror said so. */
  readonly newest?: number;
}

/** Takes in everything that a folder holds, source by source; one that fails does not keep the others out. */
export async function importAdvisories(options: ImportOptions): Promise<readonly Imported[]> {
  const origins = await findOrigins(options.location);
  if (origins.length === 0)
    throw new AdvisoryError(
      "nothing-there",
      `${options.location} holds no advisories that are known here: OSV zips or records, Debian's tracker or Packages, Alpine's secdb, Red Hat's VEX, KEV, EPSS, endoflife.date`,
    );
  const score = await loadCvss();
  const results: Imported[] = [];
  for (const origin of origins) results.push(await importOrigin(origin, options, score));
  return results;
}

/** Takes in one source. */
export async function importOrigin(origin: Origin, options: ImportOptions, score: CvssScorer): Promise<Imported> {
  try {
    return { outcome: "taken", ...(await readOrigin(origin, options, score)) };
  } catch (error) {
    // What is wrong with the database is wrong for every source.
    if (!(error instanceof AdvisoryError) || error.code === "foreign-database" || error.code === "busy") throw error;
    return { outcome: error.code === "held" ? "held" : "failed", name: origin.name, says: error.message };
  }
}

async function readOrigin(origin: Origin, options: ImportOptions, score: CvssScorer): Promise<TakenIn> {
  const { file, accept, now } = options;
  const path = origin.paths[0] ?? origin.location;
  const { name, kind, location, etag } = origin;
  const small = { file, name, kind, location, accept, now, ...(etag === undefined ? {} : { etag }) };
  /** For documents that do not say themselves how old they are. */
  const changed = async (): Promise<number> => origin.newest ?? (await stat(path)).mtimeMs;
  const records = (
    of: Iterable<SourceRecord> | AsyncIterable<SourceRecord>,
    as: string = name,
    newest?: number,
  ): Promise<TakenIn> =>
    takeIn({
      file,
      accept,
      now,
      records: of,
      source: {
        name: as,
        kind,
        location,
        ...(newest === undefined ? {} : { newest }),
        ...(etag === undefined ? {} : { etag }),
      },
    });
  switch (kind) {
    case "kev":
    case "epss":
    case "endoflife": {
      const read = kind === "kev" ? readKev : kind === "epss" ? readEpss : readEndOfLife;
      const source = takeInSmall(read(await wholeFile(path)), small);
      return { source, changed: source.records, removed: 0 };
    }
    case "osv": {
      if (!(await isZip(path))) {
        if (path.endsWith(".zip")) throw new AdvisoryError("malformed", `${path} is no zip archive`);
        return records(documentRecords(origin, (bytes) => parseOsv(bytes, score)));
      }
      const zip = openZip(path);
      try {
        return await records(zipRecords(zip.entries(), score));
      } finally {
        zip.close();
      }
    }
    case "redhat-vex":
      return records(documentRecords(origin, (bytes) => parseRedHatVex(bytes, score)));
    case "debian-tracker":
      return records(debianTrackerRecords(chunksOf(path)), name, await changed());
    case "debian-suite":
      return records(
        await debianSuiteRecords(chunksOf(path), name.slice(name.indexOf("/") + 1)),
        name,
        await changed(),
      );
    case "alpine-secdb": {
      const secdb = alpineSecdb(await wholeFile(path), path);
      return records(secdb.records, `alpine-secdb/${secdb.repository}`, await changed());
    }
  }
}

function* zipRecords(entries: Iterable<{ name: string; sum: number; read(): Uint8Array }>, score: CvssScorer) {
  for (const entry of entries)
    if (entry.name.endsWith(".json"))
      yield {
        name: basename(entry.name, ".json"),
        sum: entry.sum,
        parse: () => parseOsv(entry.read(), score),
      } satisfies SourceRecord;
}

/** A record a document: files by themselves, or those in a tar. */
async function* documentRecords(
  { paths }: Origin,
  parse: (bytes: Uint8Array) => ReturnType<SourceRecord["parse"]>,
): AsyncGenerator<SourceRecord> {
  for (const path of paths) {
    if (isTar(path)) {
      for await (const { name, bytes } of tarDocuments(chunksOf(path), path))
        yield { name: basename(name, ".json"), sum: crc32(bytes), parse: () => parse(bytes) };
      continue;
    }
    const bytes = await wholeFile(path);
    yield { name: basename(path, ".json"), sum: crc32(bytes), parse: () => parse(bytes) };
  }
}

const isTar = (path: string): boolean => /\.tar(?:\.\w+)?$/.test(path);

async function wholeFile(path: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunksOf(path, mostBytes)) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

/** A file's bytes as they stream, unpacked where they are packed; each piece is valid until the next. */
async function* chunksOf(path: string, most: number = mostStreamed): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  try {
    yield* unpacked(file, { bytes: most, dictionary: 2 ** 26 });
  } catch (error) {
    throw error instanceof CompressionError
      ? new AdvisoryError("malformed", `${path}: ${error.message}`, error)
      : error;
  } finally {
    file.destroy();
  }
}

async function isZip(path: string): Promise<boolean> {
  for await (const chunk of chunksOf(path)) return chunk[0] === 0x50 && chunk[1] === 0x4b;
  return false;
}

/** Everything below a folder that is a source, by content; records of one kind in one folder are one source. */
async function findOrigins(location: string): Promise<Origin[]> {
  const files = (await stat(location)).isDirectory() ? await filesBelow(location, deepestFolder) : [location];
  const origins = new Map<string, Origin & { paths: string[] }>();
  for (const path of files) {
    // A source that is called so and is something else, a proxy's page say, is not passed over in silence.
    const kind = (await recogniseFile(path)) ?? (path.endsWith(".zip") ? "osv" : undefined);
    if (kind === undefined) continue;
    const name = nameOf(kind, path, location);
    const known = origins.get(name);
    if (known !== undefined && (kind === "redhat-vex" || (kind === "osv" && path.endsWith(".json"))))
      known.paths.push(path);
    else if (known === undefined) origins.set(name, { name, kind, paths: [path], location: dirname(path) });
  }
  return [...origins.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameOf(kind: SourceKind, path: string, location: string): string {
  switch (kind) {
    case "osv":
      return `osv/${basename(path) === "all.zip" ? basename(dirname(path)) : path.endsWith(".zip") ? basename(path, ".zip") : basename(dirname(path))}`;
    case "debian-suite":
      return `debian-suite/${securitySuite(path)}`;
    case "alpine-secdb":
      return `alpine-secdb/${relative(dirname(location), path)}`;
    default:
      return kind;
  }
}

async function filesBelow(folder: string, depth: number): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) found.push(...(await filesBelow(path, depth - 1)));
    else if (entry.isFile() && /\.(?:zip|json|csv|gz|xz|zst|lz4)$|Packages$/.test(entry.name)) found.push(path);
    if (found.length > mostFiles) throw new AdvisoryError("too-large", `${folder} holds too many files`);
  }
  return found;
}
