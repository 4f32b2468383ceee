import { hasHash, hashPath, unpackHashes } from "../layers/path-set.ts";
import { linkTarget } from "./layer-findings.ts";
import type { LayerRecord } from "./layer-record.ts";

/** Something at a path, and the layer it came with. */
export interface Placed<T> {
  readonly path: string;
  readonly layer: number;
  readonly value: T;
}

export interface ImageTree<T> {
  /** What is left when all layers lie above one another, paths resolved through the image's symlinked folders. */
  readonly live: readonly Placed<T>[];
  /** What a layer brought and a later one took away. */
  readonly gone: readonly Placed<T>[];
  /** Symlinks to folders that are left: path to resolved target. */
  readonly links: ReadonlyMap<string, string>;
}

/** What of a record has a place in the tree. */
export type Items<T> = (record: LayerRecord, layer: number) => Iterable<{ readonly path: string; readonly value: T }>;

const linksLimit = 40;

/** Resolves symlinked folders of a path, and the path itself never. */
function resolver(links: ReadonlyMap<string, string>): (path: string) => string {
  const folders = new Map<string, string>([["", ""]]);
  function folder(path: string, followed: number): string {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const at = path.lastIndexOf("/");
    const parent = at < 0 ? "" : folder(path.slice(0, at), followed);
    let result = parent === "" ? path.slice(at + 1) : `${parent}/${path.slice(at + 1)}`;
    const target = links.get(result);
    // A circle of links leads nowhere: the name stays as it is.
    if (target !== undefined && followed < linksLimit) result = folder(linkTarget(result, target), followed + 1);
    folders.set(path, result);
    return result;
  }
  return (path) => {
    const at = path.lastIndexOf("/");
    if (at < 0) return path;
    const parent = folder(path.slice(0, at), 0);
    return parent === "" ? path.slice(at + 1) : `${parent}/${path.slice(at + 1)}`;
  };
}

/**
 * Applies layers in order as a runtime does: whiteouts and opaque folders take from the layers below, a file takes the
 * place of a file or a whole folder, a folder that of a file, and an entry below a symlinked folder lands in its target.
 */
export function mergeLayers<T>(records: readonly LayerRecord[], items: Items<T>): ImageTree<T> {
  let live = new Map<string, Placed<T>[]>();
  let links = new Map<string, string>();
  const gone: Placed<T>[] = [];

  records.forEach((record, layer) => {
    const below = resolver(links);
    const files = unpackHashes(record.files);
    const folders = unpackHashes(record.folders);
    const parents = unpackHashes(record.parents);
    const inSet = (set: Float64Array, path: string): boolean =>
      set.length > 0 && hasHash(set, hashPath(record.key, path));
    // Entries that this layer puts below a symlink of the layers under it, and not by replacing that link.
    const aliases: (readonly [string, string])[] = [];
    for (const [link, target] of links)
      if (inSet(parents, link) && !inSet(folders, link) && !inSet(files, link))
        aliases.push([`${link}/`, `${below(`${linkTarget(link, target)}/.`).slice(0, -1)}`]);
    // And below symlinks that it brings itself.
    if (record.links.length > 0) {
      const own = resolver(new Map([...links, ...record.links]));
      for (const [link, target] of record.links)
        if (inSet(parents, link)) aliases.push([`${link}/`, own(`${linkTarget(link, target)}/.`).slice(0, -1)]);
    }
    const names = (path: string): string[] => {
      const all = [path];
      for (const [link, target] of aliases) if (path.startsWith(target)) all.push(link + path.slice(target.length));
      return all;
    };
    const whiteouts = new Set(record.whiteouts.map(below));
    const opaque = new Set(record.opaque.map((path) => (path === "" ? "" : below(`${path}/.`).slice(0, -2))));
    const within = new Map<string, boolean>();
    const folderGone = (path: string): boolean => {
      const known = within.get(path);
      if (known !== undefined) return known;
      const result =
        opaque.has(path) ||
        (path !== "" &&
          (whiteouts.has(path) ||
            names(path).some((name) => inSet(files, name)) ||
            folderGone(path.slice(0, Math.max(0, path.lastIndexOf("/"))))));
      within.set(path, result);
      return result;
    };
    const isGone = (path: string): boolean =>
      folderGone(path.slice(0, Math.max(0, path.lastIndexOf("/")))) ||
      whiteouts.has(path) ||
      names(path).some((name) => inSet(files, name) || inSet(folders, name));

    const nextLive = new Map<string, Placed<T>[]>();
    for (const [path, placed] of live)
      if (isGone(path)) gone.push(...placed);
      else nextLive.set(path, placed);
    const nextLinks = new Map<string, string>();
    for (const [path, target] of links) if (!isGone(path)) nextLinks.set(path, target);
    for (const [path, target] of record.links) nextLinks.set(below(path), target);
    live = nextLive;
    links = nextLinks;
    const above = resolver(links);
    for (const { path, value } of items(record, layer)) {
      const at = above(path);
      const placed = { path: at, layer, value };
      const there = live.get(at);
      if (there === undefined) live.set(at, [placed]);
      else there.push(placed);
    }
  });
  const all = resolver(links);
  return {
    live: [...live.values()].flat(),
    gone,
    links: new Map(
      [...links].map(([path, target]) => [path, all(`${linkTarget(path, target)}/.`).slice(0, -2)] as const),
    ),
  };
}
