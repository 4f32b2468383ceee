import type { ScanLimits } from "../layers/limits.ts";
import {
  type LayerBytes,
  type LayerNames,
  type LayerSink,
  type ReadAgain,
  type ReadLayer,
  readLayer,
} from "../layers/read-layer.ts";
import type { TarEntry } from "../layers/tar-header.ts";
import type { TarSink } from "../layers/tar-reader.ts";
import { type DeclarationKind, declarationKind, parseDeclaration, parseProgram } from "../packages/declaration-kind.ts";
import { isElf } from "../packages/elf-file.ts";
import { bodyOf, type FileBody } from "../packages/file-body.ts";
import { PackageError } from "../packages/package-error.ts";
import type { SecretScanner } from "../secrets/secret-scanner.ts";
import { createFileAhead, type FileAhead } from "./file-ahead.ts";
import { createLayerFindings, type LayerFindings, whiteout } from "./layer-findings.ts";
import type { LayerRecord } from "./layer-record.ts";
import { createSpool, type Spool } from "./spool.ts";

export interface LayerScan {
  /** The layer's bytes from their start; called again where a hard link asks for a file that has passed. */
  readonly open: () => LayerBytes;
  readonly names: LayerNames;
  readonly limits: ScanLimits;
  readonly secrets: SecretScanner;
  /** Looked at between chunks: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** An open file for what does not fit into memory; absent: a temporary one of our own. */
  readonly spool?: number | undefined;
}

/**
 * Reads one layer into its record. Throws LayerError; files that cannot be understood are blind spots of the record.
 */
export async function scanLayer({
  open,
  names,
  limits,
  secrets,
  signal,
  spool: file,
}: LayerScan): Promise<LayerRecord> {
  const findings = createLayerFindings(limits, names.diffId ?? names.digest ?? names.what);
  const spool = createSpool(limits.fileInMemory, file);
  try {
    const reader = createFileReader(findings, spool, limits, secrets);
    const read = await readLayer(open(), names, reader, limits, () => {
      signal?.throwIfAborted();
      return reader.settle();
    });
    await reader.settle();
    await followHardLinks({ open, names, limits, secrets }, findings, spool);
    return findings.finish(read);
  } finally {
    spool.close();
  }
}

/** A declaration by a hard link's name whose bytes passed under a name that told nothing: read for those alone. */
async function followHardLinks(scan: LayerScan, findings: LayerFindings, spool: Spool): Promise<ReadLayer | undefined> {
  const wanted = new Map<string, { readonly path: string; readonly kind: DeclarationKind }[]>();
  for (const [path, target] of findings.hardLinks) {
    const kind = declarationKind(path);
    if (kind === undefined || findings.declared.has(path)) continue;
    wanted.set(target, [...(wanted.get(target) ?? []), { path, kind }]);
  }
  if (wanted.size === 0) return undefined;
  let current: string | undefined;
  const sink: TarSink = {
    entry(entry) {
      current = entry.type === "file" && wanted.has(entry.path) ? entry.path : undefined;
      if (current !== undefined) spool.begin(entry.size);
      return current !== undefined && entry.size <= scan.limits.fileOnDisk;
    },
    data: (bytes) => spool.add(bytes),
    end() {
      for (const { path, kind } of wanted.get(current ?? "") ?? [])
        declare(findings, path, kind, spool.body(), scan.limits);
      wanted.delete(current ?? "");
    },
  };
  const read = await readLayer(scan.open(), scan.names, sink, scan.limits);
  for (const links of wanted.values())
    for (const { path } of links)
      findings.blind({
        what: "package-declaration",
        where: path,
        why: "a hard link to a file that the layer does not hold",
      });
  return read;
}

function declare(
  findings: LayerFindings,
  path: string,
  kind: DeclarationKind,
  body: FileBody,
  limits: ScanLimits,
): void {
  try {
    findings.declare(path, kind, parseDeclaration(kind, path, body, { nesting: limits.nesting, nestedBytes }));
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    const what =
      error.code === "limit"
        ? "too-large"
        : kind === "java"
          ? "archive"
          : databases.has(kind)
            ? "package-database"
            : "package-declaration";
    // Kept with the file, so that a layer above that removes the file removes the blind spot.
    findings.declare(path, kind, { packages: [], blindSpots: [{ what, where: path, why: error.message }] });
  }
}

/** Bytes of an archive within an archive. */
const nestedBytes = 32 << 20;

const databases: ReadonlySet<DeclarationKind> = new Set<DeclarationKind>(["dpkg-status", "apk", "rpm", "rpm-log"]);
/** What packers leave near the start of a program. */
const upx = Buffer.from("UPX!", "latin1");

interface FileReader extends LayerSink {
  /** Lets the secret scanner look at what was queued; undefined where nothing was. */
  settle(): Promise<void> | undefined;
}

/** Sees each file of a layer once: its name, its first bytes, and the whole of what is worth it. */
function createFileReader(
  findings: LayerFindings,
  spool: Spool,
  limits: ScanLimits,
  secrets: SecretScanner,
): FileReader {
  let file: TarEntry | undefined;
  let position = 0;
  let again: ReadAgain | undefined;
  /** Of one that was looked at already, and has yet to pass. */
  let ahead: FileAhead | undefined;
  let kind: DeclarationKind | undefined;
  let seen = 0;
  let mode: "undecided" | "program" | "declaration" | "text" | "unwanted" = "undecided";
  let queue: { readonly path: string; readonly text: Buffer }[] = [];

  function decide(entry: TarEntry, first: Buffer): typeof mode {
    if (kind !== undefined) return "declaration";
    if (isElf(first)) return "program";
    if (first[0] === 0x23 && first[1] === 0x21 && (entry.mode & 0o111) !== 0)
      findings.executable({ path: entry.path, kind: "script" });
    return entry.size <= limits.secretFile ? "text" : "unwanted";
  }

  function text(path: string, bytes: Buffer): void {
    if (secrets.suspects(path, bytes)) queue.push({ path, text: Buffer.from(bytes) });
  }

  function program(path: string, body: FileBody): void {
    const head = body.read(0, 1024);
    // Relocatable objects (.o, .ko) are no programs by themselves.
    if (head.length > 17 && (head[5] === 2 ? head[17] : head[16]) !== 1) findings.executable({ path, kind: "elf" });
    if (head.indexOf(upx) > 0)
      findings.blind({
        what: "executable",
        where: path,
        why: "the program is packed (UPX): what is in it cannot be seen",
      });
    try {
      findings.declare(path, "program", parseProgram(path, body));
    } catch (error) {
      if (!(error instanceof PackageError)) throw error;
      findings.declare(path, "program", {
        packages: [],
        blindSpots: [{ what: "executable", where: path, why: error.message }],
      });
    }
  }

  function look(entry: TarEntry, body: FileBody): void {
    switch (mode) {
      case "program":
        program(entry.path, body);
        break;
      case "declaration":
        if (kind === undefined) break;
        declare(findings, entry.path, kind, body, limits);
        if (kind === "java") findings.executable({ path: entry.path, kind: "archive" });
        else if (entry.size <= limits.secretFile && kind !== "dpkg-list" && kind !== "dpkg-status")
          text(entry.path, body.read(0, body.size));
        break;
      case "text":
        text(entry.path, body.read(0, body.size));
        break;
      case "undecided":
      case "unwanted":
        break;
    }
  }

  return {
    lies(read) {
      again = read;
    },
    entry(entry, at) {
      findings.seen(entry);
      file = entry;
      position = at;
      ahead = undefined;
      kind = undefined;
      seen = 0;
      mode = "undecided";
      // A whiteout is a mark, whatever name it carries on.
      if (entry.type !== "file" && entry.type !== "sparse") return false;
      if (entry.path.startsWith(whiteout, entry.path.lastIndexOf("/") + 1)) return false;
      kind = declarationKind(entry.path);
      if (entry.type === "sparse") {
        findings.blind({ what: "layer", where: entry.path, why: "a sparse file: its content is not read" });
        return false;
      }
      if (entry.size === 0) {
        if (kind !== undefined) declare(findings, entry.path, kind, bodyOf(Buffer.alloc(0)), limits);
        return false;
      }
      return true;
    },
    data(bytes) {
      if (file === undefined || mode === "unwanted") return;
      if (ahead !== undefined) {
        ahead.pass(bytes);
        return;
      }
      if (seen === 0 && bytes.length === file.size) {
        mode = decide(file, bytes);
        seen = bytes.length;
        // The whole file lies in this chunk: nothing is copied.
        look(file, bodyOf(bytes));
        mode = "unwanted";
        return;
      }
      if (seen === 0) {
        // Bytes before the decision need a place whatever it will be.
        mode = bytes.length >= 4 ? decide(file, bytes) : "undecided";
        if (mode === "unwanted") return;
        if (file.size > limits.fileOnDisk) {
          const { path, size } = file;
          findings.blind({ what: "too-large", where: path, why: `${size} bytes, more than is looked at` });
          if (mode === "program") findings.executable({ path, kind: "elf" });
          mode = "unwanted";
          return;
        }
        if (
          again !== undefined &&
          (mode === "program" || (mode === "declaration" && file.size > limits.fileInMemory))
        ) {
          ahead = createFileAhead(again, position, file.size, bytes);
          look(file, ahead.body);
          ahead.pass(bytes);
          return;
        }
        spool.begin(file.size);
      }
      spool.add(bytes);
      seen += bytes.length;
      if (mode === "undecided" && (seen >= 4 || seen === file.size)) mode = decide(file, spool.body().read(0, 4));
    },
    end() {
      if (file !== undefined && ahead === undefined && mode !== "unwanted" && mode !== "undecided")
        look(file, spool.body());
      file = undefined;
      ahead = undefined;
    },
    settle() {
      if (queue.length === 0) return undefined;
      const batch = queue;
      queue = [];
      return (async () => {
        for (const { path, text: bytes } of batch)
          for (const found of await secrets.scan(path, bytes.toString("utf8"))) findings.secret(found);
      })();
    },
  };
}
