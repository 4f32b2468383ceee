import { unpacked } from "../compression/unpack.ts";
import { parseApkDependencies } from "./apk-relations.ts";
import { apkFields, apkPackageOf } from "./apk-stanza.ts";
import type { BaseTree } from "./base-tree.ts";
import type { Choosable } from "./choose-packages.ts";
import { PatchError } from "./patch-error.ts";
import { type PackedEntry, readTar } from "./read-tar.ts";

/** A package that the base image's database names as installed. */
export interface ApkPackage extends Choosable {
  /** Of the package it was installed from: `Q1…`. */
  readonly checksum: string;
  /** Every path to its checksum, without leading slash. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** Its folders with owner and mode as written (`0:0:1777`); the usual ones have none. */
  readonly folders: ReadonlyMap<string, string | undefined>;
}

/** A base image's package database. */
export interface ApkDatabase {
  readonly packages: readonly ApkPackage[];
  /** Every package's text, in its order. */
  readonly texts: readonly string[];
  /** Lines of what packages want to be woken by: a checksum and folders. */
  readonly triggers: readonly { readonly checksum: string; readonly line: string }[];
  readonly scripts: readonly PackedEntry[];
  /** `scripts.tar`, or `scripts.tar.gz`. */
  readonly scriptsFile: string;
}

export const apkFolder = "lib/apk/db";
export const installedFile = `${apkFolder}/installed`;
export const triggersFile = `${apkFolder}/triggers`;
const scriptBounds = { entries: 20_000, bytes: 64 << 20 };
const scriptLimits = { bytes: 96 << 20, dictionary: 0 };

function packageOf(text: string, pinned: ReadonlySet<string>): ApkPackage | undefined {
  const lines = text.split("\n");
  const fields = apkFields(lines);
  const one = apkPackageOf(fields);
  if (one === undefined) return undefined;
  const files = new Map<string, string | undefined>();
  const folders = new Map<string, string | undefined>();
  let folder = "";
  let last: string | undefined;
  for (const line of lines) {
    const value = line.slice(2);
    switch (line.slice(0, 2)) {
      case "F:":
        folder = value;
        folders.set(folder, undefined);
        break;
      case "M:":
        folders.set(folder, value);
        break;
      case "R:":
        last = folder === "" ? value : `${folder}/${value}`;
        files.set(last, undefined);
        break;
      case "Z:":
        if (last !== undefined) files.set(last, value);
        break;
    }
  }
  const tag = fields.get("s");
  const kept =
    tag !== undefined
      ? `it comes from a repository of its own (@${tag})`
      : pinned.has(one.name)
        ? "the image's etc/apk/world asks for that very package"
        : undefined;
  return { ...one, checksum: fields.get("C") ?? "", files, folders, ...(kept === undefined ? {} : { kept }) };
}

/** Reads it. Throws PatchError where it is not there, and LayerError for a damaged archive of scripts. */
export async function readApkDatabase(tree: BaseTree, what: string): Promise<ApkDatabase> {
  const text = tree.content(installedFile)?.toString("utf8");
  if (text === undefined) throw new PatchError("unsupported", `${what}: no apk database in it`);
  const world = parseApkDependencies(tree.content("etc/apk/world")?.toString("utf8"));
  if (world === undefined) throw new PatchError("malformed", `${what}: its etc/apk/world cannot be read`);
  const texts = text.split(/\n\n+/).flatMap((part) => (part.trim() === "" ? [] : [part.replace(/^\n+|\n+$/g, "")]));
  const pinned = new Set(world.pinned);
  const packages = texts.flatMap((part) => packageOf(part, pinned) ?? []);
  if (packages.length === 0) throw new PatchError("unsupported", `${what}: no package in its apk database`);
  const asked: ApkPackage = {
    name: "etc/apk/world",
    version: "0",
    architecture: "",
    source: { name: "", version: "0" },
    provides: [],
    needs: world.needs,
    against: world.against,
    checksum: "",
    files: new Map(),
    folders: new Map(),
    kept: "it is a file",
  };
  // apk 3 keeps them packed; where an older file was left behind, it is the packed one that it reads.
  const scriptsFile = [`${apkFolder}/scripts.tar.gz`, `${apkFolder}/scripts.tar`].find(
    (file) => tree.at(file) !== undefined,
  );
  const archive = scriptsFile === undefined ? undefined : tree.content(scriptsFile);
  async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  return {
    packages: [...packages, asked],
    texts,
    triggers: (tree.content(triggersFile)?.toString("utf8") ?? "")
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [{ checksum: line.split(" ")[0] ?? "", line }])),
    scripts:
      archive === undefined
        ? []
        : await readTar(unpacked(once(archive), scriptLimits), scriptBounds, `${what}: its apk scripts`),
    scriptsFile: scriptsFile ?? `${apkFolder}/scripts.tar`,
  };
}

/** A checksum in the other form that apk names scripts by: `X1` and its hexadecimal digits. */
const hexForm = (checksum: string): string =>
  `X${checksum.charAt(1)}${Buffer.from(checksum.slice(2), "base64").toString("hex")}`;

/** Which package's script a name in the archive is, and of what kind: `web-1.0-r0.Q1….post-install`. */
export function scriptKind(path: string, checksum: string): string | undefined {
  for (const form of [checksum, hexForm(checksum)]) {
    const at = path.indexOf(`.${form}.`);
    if (at >= 0) return path.slice(at + form.length + 2);
  }
  return undefined;
}

/** What may be read of the base image to patch its Alpine packages. */
export const apkKeeps = (path: string): boolean => path.startsWith("lib/apk/db/") || path.startsWith("usr/lib/apk/db/");
