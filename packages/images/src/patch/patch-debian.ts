import { type OfferedPackage, readAptIndex } from "./apt-index.ts";
import type { BaseTree } from "./base-tree.ts";
import { choosePackages, newestOf } from "./choose-packages.ts";
import { type DebFile, readDeb } from "./deb-file.ts";
import { type ChosenDeb, type DpkgChanges, dpkgChanges, ownedPaths, statusChange } from "./dpkg-changes.ts";
import { type DpkgDatabase, readDpkgDatabase, statusFile } from "./dpkg-database.ts";
import { checkFile, type FetchFile } from "./fetch-file.ts";
import type { LayerChange } from "./layer-change.ts";
import { PatchError } from "./patch-error.ts";
import type { PatchingBase, PatchWork } from "./patch-work.ts";

const bytesLimit = 256 << 20;

/** Patches what dpkg installed: newer packages of the same names, their files and the database's entries. */
export async function patchDebian(base: PatchingBase): Promise<PatchWork> {
  const { tree, name, architecture, repositories, wanted, fetch, now } = base;
  const database = readDpkgDatabase(tree, name);
  const names = new Set(database.packages.map((one) => one.name));
  const offered: OfferedPackage[] = [];
  for (const repository of repositories)
    offered.push(...(await readAptIndex({ repository, architecture, names, fetch, now })));
  const newest = newestOf(offered, "dpkg");
  const barred = new Map(severalTimes(database).map((one) => [one, "it is installed for several architectures"]));
  const debs = new Map<string, DebFile>();
  for (;;) {
    const { upgrades, refused } = choosePackages({
      scheme: "dpkg",
      architecture,
      installed: database.packages,
      offered: newest,
      wanted,
      barred,
    });
    let bytes = 0;
    const done = new Map<string, DpkgChanges>();
    const owned = ownersOf(tree, database, upgrades);
    let again = false;
    for (const chosen of upgrades) {
      const { installed, offered: to } = chosen;
      bytes += to.size;
      if (bytes > bytesLimit)
        throw new PatchError("limit", `${name}: its fixed packages are more than ${bytesLimit} bytes`);
      const deb = debs.get(installed.name) ?? (await fetchedDeb(to, fetch));
      if (deb === undefined) {
        barred.set(installed.name, `the mirror does not have ${to.url}`);
        again = true;
        break;
      }
      debs.set(installed.name, deb);
      const changes = dpkgChanges({ tree, database, chosen, deb, ownedByOther: (path) => owned.has(path) });
      if ("refused" in changes) {
        // Others may have come along for its sake, or need it.
        barred.set(installed.name, changes.refused);
        again = true;
        break;
      }
      done.set(installed.name, changes);
    }
    if (again) continue;
    return {
      upgrades: upgrades.map(({ installed, offered: to, fixes, neededBy }) => ({
        name: installed.name,
        architecture: to.architecture,
        from: installed.version,
        to: to.version,
        source: installed.source.name,
        origin: to.origin,
        url: to.url,
        sha256: to.sha256,
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
      notes: [...[...done.values()].flatMap(({ notes }) => notes), ...untold(tree, upgrades, done, database)],
      changes: allChanges(tree, database, done),
    };
  }
}

/** Undefined where the mirror names it and does not have it. */
async function fetchedDeb({ url, size, sha256 }: OfferedPackage, fetch: FetchFile): Promise<DebFile | undefined> {
  let bytes: Buffer;
  try {
    bytes = await fetch(url, size);
  } catch (error) {
    if (error instanceof PatchError && error.code === "absent") return undefined;
    throw error;
  }
  return readDeb(checkFile(bytes, size, sha256, url), url);
}

const severalTimes = ({ packages }: DpkgDatabase): string[] => {
  const seen = new Set<string>();
  return packages.flatMap(({ name }) => (seen.has(name) ? [name] : (seen.add(name), [])));
};

/** What packages own that stay as they are. */
function ownersOf(tree: BaseTree, database: DpkgDatabase, upgrades: readonly ChosenDeb[]): ReadonlySet<string> {
  const changed = new Set(upgrades.map(({ installed }) => installed.name));
  return new Set(
    database.packages
      .filter(({ name }) => !changed.has(name))
      .flatMap((one) => ownedPaths(tree, database.form, one))
      .map((path) => tree.resolve(path)),
  );
}

/** A file that one package gives up and another takes over is there. */
function allChanges(tree: BaseTree, database: DpkgDatabase, done: ReadonlyMap<string, DpkgChanges>): LayerChange[] {
  if (done.size === 0) return [];
  const all = [...done.values()].flatMap(({ changes }) => changes);
  const there = new Set(all.filter(({ type }) => type !== "whiteout").map(({ path }) => path));
  const kept = all.filter(({ type, path }) => type !== "whiteout" || !there.has(path));
  if (database.form === "status.d") return kept;
  const stanzas = new Map([...done].map(([name, { stanza }]) => [name, stanza]));
  const newest = Math.max(0, ...all.map((change) => ("mtime" in change ? change.mtime : 0)));
  return [...kept, statusChange(database, stanzas, tree.at(statusFile)?.mode ?? 0o644, newest)];
}

/** Triggers that dpkg would have run: caches and indexes of other packages that stay as they are. */
function untold(
  tree: BaseTree,
  upgrades: readonly ChosenDeb[],
  done: ReadonlyMap<string, DpkgChanges>,
  database: DpkgDatabase,
): string[] {
  if (upgrades.length === 0 || database.form === "status.d") return [];
  const paths = [...done.values()].flatMap(({ changes }) => changes.map(({ path }) => `/${path}`));
  return tree.list("var/lib/dpkg/info").flatMap((file) => {
    if (!file.endsWith(".triggers")) return [];
    const owner = file.slice(0, -".triggers".length);
    const text = tree.content(`var/lib/dpkg/info/${file}`)?.toString("utf8") ?? "";
    const woken = text.split("\n").some((line) => {
      const [, watched] = /^interest(?:-(?:no)?await)?\s+(\/\S+)/.exec(line) ?? [];
      return watched !== undefined && paths.some((path) => path === watched || path.startsWith(`${watched}/`));
    });
    return woken ? [`${owner} is not told of changed files (a trigger): what it made of them before stays`] : [];
  });
}
