import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { type ApkChanges, apkChanges, type ChosenApk, emptiedFolders } from "./apk-changes.ts";
import { type ApkDatabase, installedFile, readApkDatabase, scriptKind, triggersFile } from "./apk-database.ts";
import { type ApkFile, readApk } from "./apk-file.ts";
import { type OfferedApk, readApkIndex } from "./apk-index.ts";
import { readApkKeys } from "./apk-signature.ts";
import type { BaseTree } from "./base-tree.ts";
import { choosePackages, newestOf } from "./choose-packages.ts";
import type { FetchFile } from "./fetch-file.ts";
import type { LayerChange } from "./layer-change.ts";
import { PatchError } from "./patch-error.ts";
import type { PatchingBase, PatchWork } from "./patch-work.ts";

const bytesLimit = 256 << 20;

/** Patches what apk installed: newer packages of the same names, their files and the database's entries. */
export async function patchAlpine(base: PatchingBase): Promise<PatchWork> {
  const { tree, name, architecture, repositories, wanted, fetch } = base;
  const database = await readApkDatabase(tree, name);
  const names = new Set(database.packages.map((one) => one.name));
  const components = listedComponents(tree);
  const offered: OfferedApk[] = [];
  for (const repository of repositories)
    offered.push(
      ...(await readApkIndex({
        repository,
        keys: readApkKeys(repository.keys),
        architecture,
        names,
        fetch,
        ...(components.size === 0 ? {} : { components }),
      })),
    );
  const newest = newestOf(offered, "apk");
  const barred = new Map<string, string>();
  const apks = new Map<string, ApkFile>();
  for (;;) {
    const { upgrades, refused } = choosePackages({
      scheme: "apk",
      architecture,
      installed: database.packages,
      offered: newest,
      wanted,
      barred,
    });
    const done = new Map<string, ApkChanges>();
    const owners = ownersOf(tree, database, upgrades);
    let bytes = 0;
    let again = false;
    for (const chosen of upgrades) {
      const { installed, offered: to } = chosen;
      bytes += to.size;
      if (bytes > bytesLimit)
        throw new PatchError("limit", `${name}: its fixed packages are more than ${bytesLimit} bytes`);
      const apk = apks.get(installed.name) ?? (await fetchedApk(to, fetch));
      if (apk !== undefined) apks.set(installed.name, apk);
      const changes =
        apk === undefined
          ? { refused: `the mirror does not have ${to.url}` }
          : apkChanges({ tree, database, chosen, apk, ownerOf: (path) => owners.get(path) });
      if ("refused" in changes) {
        // Others may have come along for its sake, or need it.
        barred.set(installed.name, changes.refused);
        again = true;
        break;
      }
      done.set(installed.name, changes);
    }
    if (again) continue;
    const files = fileChanges(tree, upgrades, done, owners);
    return {
      upgrades: upgrades.map(({ installed, offered: to, fixes, neededBy }) => ({
        name: installed.name,
        architecture: to.architecture,
        from: installed.version,
        to: to.version,
        source: installed.source.name,
        origin: to.origin,
        url: to.url,
        sha256: apks.get(installed.name)?.sha256 ?? "",
        size: to.size,
        fixes: fixes.map(({ id, severity }) => ({ id, severity })),
        ...(neededBy === undefined ? {} : { neededBy }),
      })),
      refused: [...refused].flatMap(([one, reason]) => {
        const installed = database.packages.find((p) => p.name === one);
        const fixes = wanted.filter(({ source }) => source === installed?.source.name).map(({ id }) => id);
        return installed === undefined || fixes.length === 0
          ? []
          : [{ package: one, version: installed.version, fixes, reason }];
      }),
      notes: [...[...done.values()].flatMap(({ notes }) => notes), ...untold(database, upgrades, files)],
      changes: files.length === 0 ? [] : [...files, ...(await databaseChanges(tree, database, upgrades, done, apks))],
    };
  }
}

/** Repositories that the image's own list names (`…/v3.22/main`): where from is not its to say. */
function listedComponents(tree: BaseTree): ReadonlySet<string> {
  const lines = (tree.content("etc/apk/repositories")?.toString("utf8") ?? "").split("\n");
  return new Set(lines.flatMap((line) => /^[^#\s@]\S*\/(?:v\d+\.\d+|edge)\/([a-z]+)\/?\s*$/.exec(line)?.[1] ?? []));
}

/** Undefined where the mirror names it and does not have it. */
async function fetchedApk(offered: OfferedApk, fetch: FetchFile): Promise<ApkFile | undefined> {
  let bytes: Buffer;
  try {
    bytes = await fetch(offered.url, offered.size);
  } catch (error) {
    if (error instanceof PatchError && error.code === "absent") return undefined;
    throw error;
  }
  return readApk(bytes, offered);
}

/** What packages own that stay as they are: files and folders, links resolved. */
function ownersOf(
  tree: BaseTree,
  { packages }: ApkDatabase,
  upgrades: readonly ChosenApk[],
): ReadonlyMap<string, string> {
  const changed = new Set(upgrades.map(({ installed }) => installed.name));
  const owners = new Map<string, string>();
  for (const one of packages)
    if (!changed.has(one.name))
      for (const path of [...one.files.keys(), ...one.folders.keys()]) owners.set(tree.resolve(path), one.name);
  return owners;
}

/** A file that one package gives up and another takes over is there; folders in which nothing is left go. */
function fileChanges(
  tree: BaseTree,
  upgrades: readonly ChosenApk[],
  done: ReadonlyMap<string, ApkChanges>,
  owners: ReadonlyMap<string, string>,
): LayerChange[] {
  const all = [...done.values()].flatMap(({ changes }) => changes);
  const next = new Set([...done.values()].flatMap((one) => [...one.next]));
  const kept = all.filter(({ type, path }) => type !== "whiteout" || !next.has(path));
  const gone = new Set(kept.flatMap(({ type, path }) => (type === "whiteout" ? [path] : [])));
  const old = upgrades.map(({ installed }) => installed);
  const placed = new Set([...next, ...kept.flatMap(({ type, path }) => (type === "whiteout" ? [] : [path]))]);
  const folders = emptiedFolders(tree, old, placed, gone, (path) => owners.get(path));
  return [
    // What goes with its folder is not named besides.
    ...kept.filter(({ path }) => !folders.some((folder) => path.startsWith(`${folder}/`))),
    ...folders
      .filter((path) => !folders.some((folder) => path.startsWith(`${folder}/`)))
      .map((path): LayerChange => ({ type: "whiteout", path })),
  ];
}

/** apk's database with the new packages in the places of the old. */
async function databaseChanges(
  tree: BaseTree,
  database: ApkDatabase,
  upgrades: readonly ChosenApk[],
  done: ReadonlyMap<string, ApkChanges>,
  apks: ReadonlyMap<string, ApkFile>,
): Promise<LayerChange[]> {
  const all = [...done.values()].flatMap(({ changes }) => changes);
  const mtime = Math.max(0, ...all.map((change) => ("mtime" in change ? change.mtime : 0)));
  const own = (file: string, content: Uint8Array): LayerChange => {
    const { mode = 0o644, uid = 0, gid = 0 } = tree.at(file) ?? {};
    return { type: "file", path: tree.resolve(file), content, mode, uid, gid, mtime };
  };
  const texts = database.texts.map((text) => done.get(/^P:(.*)$/m.exec(text)?.[1] ?? "")?.text ?? text);
  const changes = [own(installedFile, Buffer.from(texts.map((text) => `${text}\n\n`).join("")))];

  const next = upgrades.map(({ installed, offered }) => ({ installed, offered, apk: apks.get(installed.name) }));
  const oldOnes = new Set(next.map(({ installed }) => installed.checksum));
  const woken = (apk: ApkFile | undefined): string => (apk?.info.get("triggers") ?? []).join(" ");
  const lines = database.triggers.flatMap(({ checksum, line }) => {
    const one = next.find(({ installed }) => installed.checksum === checksum);
    if (one === undefined) return [line];
    return woken(one.apk) === "" ? [] : [`${one.offered.checksum} ${woken(one.apk)}`];
  });
  for (const { installed, offered, apk } of next)
    if (woken(apk) !== "" && !database.triggers.some(({ checksum }) => checksum === installed.checksum))
      lines.push(`${offered.checksum} ${woken(apk)}`);
  if (lines.join("\n") !== database.triggers.map(({ line }) => line).join("\n"))
    changes.push(own(triggersFile, Buffer.from(lines.map((line) => `${line}\n`).join(""))));

  const kept = database.scripts.filter(
    ({ entry }) => !Array.from(oldOnes).some((checksum) => scriptKind(entry.path, checksum) !== undefined),
  );
  const fresh = next.flatMap(({ offered, apk }) =>
    [...(apk?.scripts ?? [])].map(([kind, content]) => ({
      path: `${offered.name}-${offered.version}.${offered.checksum}.${kind}`,
      content,
      mode: 0o755,
      mtime: Number(offered.fields.get("t") ?? 0) || 0,
    })),
  );
  if (kept.length !== database.scripts.length || fresh.length > 0) {
    const scripts = [...kept.map(({ entry, content }) => ({ ...entry, content })), ...fresh];
    const tar = await packTar(
      scripts.map(({ path, content, mode, mtime: made }) => ({
        header: {
          name: path,
          type: "file" as const,
          size: content.length,
          mode,
          uid: 0,
          gid: 0,
          uname: "",
          gname: "",
          mtime: new Date(made * 1000),
        },
        body: content,
      })),
    );
    changes.push(own(database.scriptsFile, database.scriptsFile.endsWith(".gz") ? gzipSync(tar) : tar));
  }
  return changes;
}

/** Packages that apk would have woken: what they made of changed folders before stays as it is. */
function untold(database: ApkDatabase, upgrades: readonly ChosenApk[], changes: readonly LayerChange[]): string[] {
  const folders = new Set(changes.map(({ path }) => `/${path.slice(0, Math.max(0, path.lastIndexOf("/")))}`));
  const names = new Map(database.packages.map((one) => [one.checksum, one.name]));
  return database.triggers.flatMap(({ checksum, line }) => {
    const watched = line.split(" ").slice(1);
    const wakes = watched.some((pattern) => Array.from(folders).some((folder) => matches(pattern, folder)));
    const name = names.get(checksum);
    if (!wakes || name === undefined || upgrades.length === 0) return [];
    return [`${name} is not told of changed files (a trigger): what it made of them before stays`];
  });
}

/** A trigger's folder: `*` stands for anything within one part of the path. */
function matches(pattern: string, folder: string): boolean {
  const parts = pattern.replace(/\/+$/, "").split("/");
  const own = folder.split("/");
  return (
    parts.length === own.length &&
    parts.every((part, i) => {
      const [first = "", ...rest] = part.split("*");
      const name = own[i] ?? "";
      if (rest.length === 0) return part === name;
      let at = first.length;
      if (!name.startsWith(first)) return false;
      for (const piece of rest) {
        const found = name.indexOf(piece, at);
        if (found < 0) return false;
        at = found + piece.length;
      }
      const last = rest.at(-1) ?? "";
      return name.endsWith(last);
    })
  );
}
