import { lstat, mkdir, readFile, readlink, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { ActedOnPart } from "@bulkhead/api";
import { type InstancePaths, writeDurably } from "../instance.ts";
import {
  carriedNode,
  manifestFile,
  parseManifest,
  ReleaseError,
  type ReleaseManifest,
  type ReleaseSchema,
  schemaOf,
  sha512Of,
} from "./release-manifest.ts";

/** A copy of the database, made before a switch. */
export interface DatabaseCopy {
  /** In the folder of copies. */
  readonly file: string;
  readonly at: string;
  readonly format: number;
  /** The last revision that it holds. */
  readonly revision: number;
  readonly auditRecords: number;
}

/** Programs that an instance runs, or ran. */
export interface InstalledPrograms {
  readonly version: string;
  /** In the folder of releases; absent: the plain folder that a clone's programs were copied to. */
  readonly folder?: string;
  readonly schema: ReleaseSchema;
  /** Digest of the manifest; absent: they came from a clone, and nobody vouched for them. */
  readonly manifest?: string;
  /** What vouched for them. */
  readonly vouched?: string;
  readonly since?: string;
}

/** `releases/state.json`: what was switched. Root's. */
export interface ReleaseState {
  readonly format: 1;
  readonly current?: InstalledPrograms;
  /** The way back, with the database as it was before the switch. */
  readonly previous?: InstalledPrograms & { readonly copy?: DatabaseCopy };
  /** A switch that was begun and not ended. */
  readonly pending?: PendingSwitch;
}

/** Programs that lie among the releases. */
export type PlacedPrograms = InstalledPrograms & { readonly folder: string };

/** A switch from programs to others. */
export interface ProgramMove {
  readonly from: PlacedPrograms;
  readonly to: PlacedPrograms;
  /** The database as it was before the switch, for the way back; on a rollback, for the way there. */
  readonly copy: DatabaseCopy;
  /** The copy takes the database's place with the switch; the name under which what was there is kept. */
  readonly restore?: string;
}

/** Written before anything is changed: whatever ends us, what lies on the disk then tells how the switch is ended. */
export interface PendingSwitch {
  readonly at: string;
  readonly move: ProgramMove;
  readonly word: Pick<ActedOnPart, "by" | "policies" | "approvedBy">;
  /** What the state is afterwards: where it is finished, and where it is taken back. */
  readonly done: Pick<ReleaseState, "current" | "previous">;
  readonly undone: Pick<ReleaseState, "current" | "previous">;
}

/** Where releases lie. All is root's; copies of the database nobody else may look at. */
export const releaseFolders = ({ root, programs }: Pick<InstancePaths, "root" | "programs">) => ({
  releases: join(root, "releases"),
  copies: join(root, "releases", "copies"),
  state: join(root, "releases", "state.json"),
  lock: join(root, "releases.lock"),
  /** The link, or a clone's folder, that is about to change places with `programs`. */
  next: `${programs}.next`,
});

export async function makeReleaseFolders(paths: InstancePaths): Promise<void> {
  const { releases, copies } = releaseFolders(paths);
  await mkdir(releases, { recursive: true, mode: 0o755 });
  await mkdir(copies, { recursive: true, mode: 0o700 });
}

const textOf = (file: string): Promise<string | undefined> =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });

export async function readReleaseState(paths: InstancePaths): Promise<ReleaseState> {
  const text = await textOf(releaseFolders(paths).state);
  return text === undefined ? { format: 1 } : (JSON.parse(text) as ReleaseState);
}

export const writeReleaseState = (paths: InstancePaths, state: ReleaseState): Promise<void> =>
  writeDurably(releaseFolders(paths).state, `${JSON.stringify(state, undefined, 1)}\n`, 0o644);

/** Before formats were written down there was this one. */
const firstSchema: ReleaseSchema = { writes: 1, reads: [1] };

/** What lies at `programs` now, whatever any note says of it. Undefined: an instance that has none yet. */
export async function installedPrograms(paths: InstancePaths): Promise<InstalledPrograms | undefined> {
  const text = await textOf(join(paths.programs, "shipped.json"));
  if (text === undefined) return undefined;
  const shipped = JSON.parse(text) as { readonly version?: unknown; readonly schema?: unknown };
  const version = typeof shipped.version === "string" ? shipped.version : "0.0.0";
  const schema = schemaOf(shipped.schema) ?? firstSchema;
  const target = await readlink(paths.programs).catch(() => undefined);
  if (target === undefined) return { version, schema };
  const folder = target.slice(target.lastIndexOf("/") + 1);
  const { current } = await readReleaseState(paths);
  return current?.folder === folder ? { ...current, version, schema } : { version, folder, schema };
}

/** A release's folder, each file compared with its manifest. Throws ReleaseError. */
export async function checkRelease(folder: string, manifestDigest?: string): Promise<ReleaseManifest> {
  const bytes = await readFile(join(folder, manifestFile)).catch((error: unknown) => {
    throw new ReleaseError("missing-file", `${folder} holds no ${manifestFile}`, error);
  });
  if (manifestDigest !== undefined && sha512Of(bytes) !== manifestDigest)
    throw new ReleaseError("altered-file", `${join(folder, manifestFile)} is not what was vouched for`);
  const manifest = parseManifest(bytes);
  for (const { path, sha512 } of manifest.files) {
    const at = placeOf(path);
    if (at === undefined) continue;
    const file = join(folder, at);
    const found = await lstat(file).catch(() => undefined);
    if (found?.isFile() !== true) throw new ReleaseError("missing-file", `${file} is not there`);
    if (sha512Of(await readFile(file)) !== sha512)
      throw new ReleaseError("altered-file", `${file} is not what the release has`);
  }
  return manifest;
}

/** Where a file of an archive lies in an instance; undefined: another machine's Node, which is left out. */
export function placeOf(path: string, architecture: string = process.arch): string | undefined {
  if (path === carriedNode(architecture)) return "node";
  return path.startsWith("nodes/") ? undefined : path;
}

/** Bytes that are free where the instance lies. */
export async function roomFor(paths: InstancePaths): Promise<number> {
  const { bavail, bsize } = await statfs(paths.root);
  return bavail * bsize;
}

/** Removes what lies in a folder and is not named. */
export async function keepOnlyNamed(folder: string, names: readonly string[], among: readonly string[]): Promise<void> {
  for (const name of among) if (!names.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
}
