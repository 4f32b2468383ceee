import { createHash } from "node:crypto";
import { type ApkDatabase, type ApkPackage, scriptKind } from "./apk-database.ts";
import type { ApkFile } from "./apk-file.ts";
import type { OfferedApk } from "./apk-index.ts";
import { apkScriptsProblem } from "./apk-scripts.ts";
import { apkHeader } from "./apk-stanza.ts";
import type { BaseTree } from "./base-tree.ts";
import type { ChosenPackage } from "./choose-packages.ts";
import type { LayerChange } from "./layer-change.ts";
import type { PackedEntry } from "./read-tar.ts";

export type ChosenApk = ChosenPackage<ApkPackage, OfferedApk>;

/** What one package changes; `text` is its new one in the database. */
export interface ApkChanges {
  readonly changes: readonly LayerChange[];
  /** Every path that the new version has, folders too, links resolved. */
  readonly next: ReadonlySet<string>;
  readonly text: string;
  readonly notes: readonly string[];
}

export interface ChangingApk {
  readonly tree: BaseTree;
  readonly database: ApkDatabase;
  readonly chosen: ChosenApk;
  readonly apk: ApkFile;
  /** A package other than those being changed that owns a path, links resolved; of folders too. */
  readonly ownerOf: (path: string) => string | undefined;
}

/** Static ids are the same in every image of the distribution (alpine-baselayout). */
const staticIds = 99;

const checksum = (algorithm: "sha1" | "sha256", bytes: Uint8Array): string =>
  `${algorithm === "sha1" ? "Q1" : "Q2"}${createHash(algorithm).update(bytes).digest("base64")}`;

/** Whether bytes are those of a checksum of the database's; undefined: of no bytes. */
const has = (bytes: Uint8Array | undefined, said: string | undefined): boolean =>
  bytes !== undefined && said !== undefined && checksum(said.startsWith("Q2") ? "sha256" : "sha1", bytes) === said;

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const access = ({ uid, gid, mode }: PackedEntry["entry"]): string => `${uid}:${gid}:${mode.toString(8)}`;

/** What putting the new version in the old one's place changes, or why that cannot be done by files alone. */
export function apkChanges(changing: ChangingApk): ApkChanges | { readonly refused: string } {
  const { tree, database, chosen, apk, ownerOf } = changing;
  const { installed, offered } = chosen;
  const script = (kind: string): string | undefined =>
    database.scripts.find(({ entry }) => scriptKind(entry.path, installed.checksum) === kind)?.content.toString("utf8");
  const problem = apkScriptsProblem(script, (kind) => apk.scripts.get(kind)?.toString("utf8"), {
    from: installed.version,
    to: offered.version,
  });
  if (problem !== undefined) return { refused: problem };

  const changes: LayerChange[] = [];
  const notes: string[] = [];
  /** Folders and their files as the database will list them. */
  const listed = new Map<string, { access?: string; readonly files: string[] }>();
  const folder = (path: string): { access?: string; readonly files: string[] } => {
    const there = listed.get(path) ?? { files: [] };
    listed.set(path, there);
    return there;
  };
  const placed = new Map<string, PackedEntry>();
  const file = (path: string, entry: PackedEntry["entry"], sum: string | undefined): void => {
    const said = access(entry);
    folder(folderOf(path)).files.push(
      `R:${nameOf(path)}`,
      ...(said === "0:0:644" ? [] : [`a:${said}`]),
      ...(sum === undefined ? [] : [`Z:${sum}`]),
    );
  };

  for (const packed of apk.entries) {
    const { entry, content } = packed;
    const path = tree.resolve(entry.path);
    const there = tree.at(path);
    if (entry.uid > staticIds || entry.gid > staticIds)
      return { refused: `/${path} belongs to a user that the image may not have` };
    if (entry.capabilities) return { refused: `/${path} has file capabilities` };
    const { uid, gid, mode, mtime } = entry;
    if (entry.type === "directory") {
      const said = access(entry);
      const place = folder(entry.path);
      if (said !== "0:0:755") place.access = said;
      if (there?.type === "symlink") continue;
      if (there !== undefined && there.type !== "directory")
        return { refused: `/${path} is a file in the image and a folder in the package` };
      const before = installed.folders.get(entry.path) ?? "0:0:755";
      // A folder whose owner or mode the image's builder changed keeps them.
      if (
        there === undefined ? !installed.folders.has(entry.path) : before !== said && installed.folders.has(entry.path)
      )
        changes.push({ type: "directory", path, mode, uid, gid, mtime });
      continue;
    }
    if (there?.type === "directory") return { refused: `/${path} is a folder in the image and none in the package` };
    const other = ownerOf(path);
    if (other !== undefined) return { refused: `/${path} belongs to ${other} in the image` };
    switch (entry.type) {
      case "file":
        file(entry.path, entry, checksum("sha1", content));
        break;
      case "symlink":
        file(entry.path, entry, checksum("sha1", Buffer.from(entry.target)));
        break;
      case "link": {
        const first = placed.get(entry.target);
        if (first === undefined) return { refused: `/${path} is a link to a file that is not put in place` };
        file(entry.path, first.entry, checksum("sha1", first.content));
        break;
      }
      case "device":
      case "fifo":
      case "sparse":
        return { refused: `/${path} is no file that can be put in place` };
    }
    // What the image's builder took away stays away.
    if (there === undefined && installed.files.has(entry.path)) continue;
    if (keepsOwn(path, there, installed.files.get(entry.path))) {
      const same = entry.type === "file" ? there?.content?.equals(content) === true : there?.target === entry.target;
      if (same) continue;
      if (entry.type !== "file") return { refused: `/${path} was changed in the image, and is no file in the package` };
      notes.push(`/${path} was changed in the image and stays as it is; the package's own lies beside it (.apk-new)`);
      changes.push({ type: "file", path: `${path}.apk-new`, content, mode, uid, gid, mtime });
      continue;
    }
    if (entry.type === "file") changes.push({ type: "file", path, content, mode, uid, gid, mtime });
    else if (entry.type === "symlink") changes.push({ type: "symlink", path, target: entry.target, mtime });
    else {
      const first = placed.get(entry.target)?.entry;
      if (first === undefined) return { refused: `/${path} is a link to a file that is not put in place` };
      const { mode: linked, uid: owner, gid: group, mtime: made } = first;
      const target = tree.resolve(entry.target);
      changes.push({ type: "link", path, target, mode: linked, uid: owner, gid: group, mtime: made });
      continue;
    }
    if (entry.type === "file") placed.set(entry.path, packed);
  }

  const next = new Set(apk.entries.map(({ entry }) => tree.resolve(entry.path)));
  const gone = new Set<string>();
  for (const [path, sum] of installed.files) {
    const real = tree.resolve(path);
    const there = tree.at(real);
    if (there === undefined || there.type === "directory" || next.has(real) || ownerOf(real) !== undefined) continue;
    // Configuration that somebody changed is theirs.
    if (keepsOwn(real, there, sum)) continue;
    gone.add(real);
  }
  changes.push(...[...gone].map((path): LayerChange => ({ type: "whiteout", path })));
  return { changes, next, text: textOf(offered, apk, listed), notes };
}

/** apk's own rule: below etc, what is not as its package brought it stays. */
function keepsOwn(path: string, there: ReturnType<BaseTree["at"]>, sum: string | undefined): boolean {
  if (there === undefined || !path.startsWith("etc/")) return false;
  return !has(there.type === "symlink" ? Buffer.from(there.target) : there.content, sum);
}

/** Folders of the old versions alone in which nothing is left, the innermost first. */
export function emptiedFolders(
  tree: BaseTree,
  old: readonly ApkPackage[],
  next: ReadonlySet<string>,
  gone: ReadonlySet<string>,
  ownerOf: (path: string) => string | undefined,
): string[] {
  const found = new Set<string>();
  const folders = new Set(old.flatMap((one) => [...one.folders.keys()]));
  const inward = [...folders].toSorted((a, b) => b.split("/").length - a.split("/").length);
  for (const path of inward) {
    const real = tree.resolve(path);
    if (path === "" || tree.at(real)?.type !== "directory" || next.has(real) || ownerOf(real) !== undefined) continue;
    if (Array.from(next).some((kept) => kept.startsWith(`${real}/`))) continue;
    const left = tree.list(real).filter((name) => !gone.has(`${real}/${name}`) && !found.has(`${real}/${name}`));
    if (left.length === 0) found.add(real);
  }
  return [...found];
}

/** The package's new text in the database, as apk writes it. */
function textOf(
  offered: OfferedApk,
  { info }: ApkFile,
  listed: ReadonlyMap<string, { readonly access?: string; readonly files: readonly string[] }>,
): string {
  const replaces = (info.get("replaces") ?? []).join(" ");
  const priority = info.get("replaces_priority")?.[0];
  return [
    ...apkHeader(offered.fields),
    ...(replaces === "" ? [] : [`r:${replaces}`]),
    ...(priority === undefined ? [] : [`q:${priority}`]),
    ...[...listed].flatMap(([path, { access: said, files }]) => [
      `F:${path}`,
      ...(said === undefined ? [] : [`M:${said}`]),
      ...files,
    ]),
  ].join("\n");
}
