import type { BlindSpot } from "../inventory.ts";
import type { ScanLimits } from "../layers/limits.ts";
import { createPathSet, hasHash, hashLines, hashPath, newPathKey, packHashes } from "../layers/path-set.ts";
import type { ReadLayer } from "../layers/read-layer.ts";
import { insideRoot, type TarEntry } from "../layers/tar-header.ts";
import type { Declared } from "../packages/declaration.ts";
import type { SecretFinding } from "../secrets/secret-rule.ts";
import {
  type Executable,
  type FileMark,
  type LayerRecord,
  type RecordedDeclaration,
  recordFormat,
} from "./layer-record.ts";

/** Gathers what a layer's entries and files say into its record. */
export interface LayerFindings {
  /** Every entry, in the layer's order. */
  seen(entry: TarEntry): void;
  declare(path: string, kind: RecordedDeclaration["kind"], declared: Declared): void;
  executable(found: Executable): void;
  secret(found: SecretFinding): void;
  blind(spot: BlindSpot): void;
  /** Hard links by name: path to target. */
  readonly hardLinks: ReadonlyMap<string, string>;
  readonly declared: ReadonlySet<string>;
  finish(read: ReadLayer): LayerRecord;
}

/** What the name of an entry begins with that takes away one below. */
export const whiteout = ".wh.";
/** Of an object with a few fields, roughly. */
const itemWeight = 100;
const blindSpotLimit = 10_000;

export function createLayerFindings(limits: ScanLimits, what: string): LayerFindings {
  const key = newPathKey();
  const files = createPathSet(key);
  const folders = createPathSet(key);
  const parents = new Set<number>();
  let weight = 0;
  let lastParent: string | undefined;
  const whiteouts: string[] = [];
  const opaque: string[] = [];
  const links: (readonly [string, string])[] = [];
  const hardLinks = new Map<string, string>();
  const declarations: RecordedDeclaration[] = [];
  const declared = new Set<string>();
  const executables: Executable[] = [];
  const marks: FileMark[] = [];
  const secrets: SecretFinding[] = [];
  const blindSpots: BlindSpot[] = [];
  const full = new Set<string>();
  // One layer takes no more than half of what its image may.
  const most = limits.keptBytes / 2;

  /** Adds to a list up to the limit; past it the list's name becomes a blind spot, once. */
  function keep<T>(list: T[], name: string, item: T, size: number): void {
    if (list.length < limits.kept && weight + size <= most) {
      list.push(item);
      weight += size + itemWeight;
    } else if (!full.has(name)) {
      full.add(name);
      blindSpots.push({ what: "limit", where: what, why: `more ${name} in one layer than are kept` });
    }
  }

  function parentOf(path: string): void {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const parent = path.slice(0, at);
      if (parent === lastParent) return;
      if (at === path.lastIndexOf("/")) lastParent = parent;
      const hash = hashPath(key, parent);
      if (parents.has(hash)) return;
      parents.add(hash);
    }
  }

  return {
    hardLinks,
    declared,
    seen(entry) {
      const { path, type, mode } = entry;
      parentOf(path);
      const base = path.slice(path.lastIndexOf("/") + 1);
      if (base.startsWith(whiteout)) {
        const folder = path.slice(0, path.length - base.length);
        if (base === ".wh..wh..opq") keep(opaque, "opaque folders", folder.slice(0, -1), path.length);
        // Other names of this form are aufs' own bookkeeping.
        else if (!base.startsWith(".wh..wh."))
          keep(whiteouts, "whiteouts", folder + base.slice(whiteout.length), path.length);
        return;
      }
      if (type === "directory") folders.add(path);
      else files.add(path);
      switch (type) {
        case "symlink":
          keep(links, "symlinks", [path, entry.target], path.length + entry.target.length);
          break;
        case "link":
          if (hardLinks.size < limits.kept && weight < most) {
            hardLinks.set(path, entry.target);
            weight += path.length + entry.target.length + itemWeight;
          }
          break;
        case "file":
        case "directory":
          // Sticky folders (/tmp) are meant to be written by everyone.
          if (
            (type === "file" && ((mode & 0o6000) !== 0 || entry.capabilities)) ||
            ((mode & 0o002) !== 0 && !(type === "directory" && (mode & 0o1000) !== 0))
          )
            keep(
              marks,
              "files with unusual rights",
              {
                path,
                type,
                mode,
                uid: entry.uid,
                ...(entry.capabilities ? { capabilities: true } : {}),
              },
              path.length,
            );
          break;
        case "device":
        case "fifo":
        case "sparse":
          break;
      }
    },
    declare(path, kind, { owned, ...rest }) {
      declared.add(path);
      if (
        rest.packages.length === 0 &&
        owned === undefined &&
        rest.explains === undefined &&
        rest.distribution === undefined &&
        rest.repositoryRelease === undefined &&
        rest.locked === undefined &&
        rest.blindSpots === undefined &&
        kind !== "os-release"
      )
        return;
      const recorded = owned?.map(({ owner, files: list }) => {
        if (Buffer.isBuffer(list)) return { owner, hashes: packHashes(hashLines(key, list)) };
        const paths = list.filter((file) => file.length > 1);
        return { owner, hashes: packHashes(Float64Array.from(paths, (file) => hashPath(key, insideRoot(file)))) };
      });
      const size =
        path.length +
        rest.packages.length * 300 +
        (rest.explains ?? []).reduce((sum, e) => sum + e.length, 0) +
        (rest.goFunctions?.length ?? 0) +
        (rest.blindSpots ?? []).reduce((sum, b) => sum + b.where.length + b.why.length, 0) +
        (recorded ?? []).reduce((sum, r) => sum + r.hashes.length, 0);
      keep(
        declarations,
        "declarations",
        { path, kind, ...rest, ...(recorded === undefined ? {} : { owned: recorded }) },
        size,
      );
    },
    executable: (found) => keep(executables, "executable files", found, found.path.length),
    secret: (found) => keep(secrets, "secrets", found, found.path.length + 100),
    blind: (spot) => {
      if (blindSpots.length < blindSpotLimit) blindSpots.push(spot);
    },
    finish(read) {
      const sorted = files.finish();
      const programs = new Map(executables.map((e) => [e.path, e.kind]));
      for (const [path, target] of hardLinks) {
        const kind = programs.get(target);
        if (kind !== undefined && !programs.has(path))
          keep(executables, "executable files", { path, kind }, path.length);
      }
      return {
        format: recordFormat,
        ...read,
        weight: weight + (sorted.length + parents.size) * 8,
        key,
        files: packHashes(sorted),
        folders: packHashes(folders.finish()),
        parents: packHashes(Float64Array.from(parents).sort()),
        whiteouts,
        opaque,
        // A link to a file of the same layer leads to no folder.
        links: links.filter(([path, target]) => !hasHash(sorted, hashPath(key, linkTarget(path, target)))),
        declarations,
        executables,
        marks,
        secrets,
        blindSpots,
      };
    },
  };
}

/** Where a symlink leads by name alone. */
export const linkTarget = (path: string, target: string): string =>
  insideRoot(target.startsWith("/") ? target : `${path.slice(0, path.lastIndexOf("/") + 1)}${target}`);
