import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { elfNeeds } from "./elf.ts";
import type { LayerEntry } from "./layer.ts";

/** Folders into which packages were unpacked, searched in order. Paths below are the image's, without a leading slash. */
export interface PackageFiles {
  /**
   * The programs and libraries named, and every library they need, found in any of the packages. Throws where a library
   * is in none of them: the message names it.
   */
  programs(paths: readonly string[]): Promise<LayerEntry[]>;
  /** A folder or file as it is, links kept; `leaveOut` drops paths. */
  tree(path: string, leaveOut?: (path: string) => boolean): Promise<LayerEntry[]>;
}

/** Where Debian keeps libraries; merged /usr: /lib is a link to usr/lib. */
const libraryFolders = (triplet: string): string[] => [`usr/lib/${triplet}`, "usr/lib", "usr/lib64"];
const merged = (path: string): string => path.replace(/^\/+/, "").replace(/^(lib|lib64|bin|sbin)\//, "usr/$1/");

/** The links of a merged /usr, as every image of ours has them. */
export const mergedUsr: readonly LayerEntry[] = ["bin", "sbin", "lib", "lib64"].map((name) => ({
  type: "symlink",
  path: name,
  target: `usr/${name}`,
}));

export function packageFiles(folders: readonly string[], triplet: string): PackageFiles {
  /** The file that an image's path leads to, links followed inside the packages. */
  async function locate(
    path: string,
    depth = 0,
  ): Promise<{ readonly file: string; readonly path: string } | undefined> {
    if (depth > 8) return undefined;
    for (const folder of folders) {
      const file = join(folder, path);
      const found = await lstat(file).catch(() => undefined);
      if (found === undefined) continue;
      if (!found.isSymbolicLink()) return { file, path };
      const target = await readlink(file);
      const next = merged(posix.normalize(target.startsWith("/") ? target : posix.join(posix.dirname(path), target)));
      const led = await locate(next, depth + 1);
      if (led !== undefined) return led;
    }
    return undefined;
  }

  async function library(name: string): Promise<{ readonly file: string; readonly path: string } | undefined> {
    for (const folder of libraryFolders(triplet)) {
      const found = await locate(`${folder}/${name}`);
      if (found !== undefined) return { file: found.file, path: `${folder}/${name}` };
    }
    return undefined;
  }

  async function programs(paths: readonly string[]): Promise<LayerEntry[]> {
    const entries = new Map<string, LayerEntry>();
    const queue: { readonly file: string; readonly path: string }[] = [];
    for (const path of paths) {
      const found = await locate(merged(path));
      if (found === undefined) throw new Error(`none of the packages holds ${path}`);
      queue.push({ file: found.file, path: merged(path) });
    }
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      if (entries.has(item.path)) continue;
      const content = await readFile(item.file);
      entries.set(item.path, { type: "file", path: item.path, content, mode: 0o755 });
      const needs = elfNeeds(content);
      if (needs?.interpreter !== undefined) {
        const loader = await library(basename(needs.interpreter));
        if (loader !== undefined) queue.push({ file: loader.file, path: merged(needs.interpreter) });
      }
      for (const name of needs?.libraries ?? []) {
        if (entries.has(`usr/lib/${triplet}/${name}`)) continue;
        const found = await library(name);
        if (found === undefined) throw new Error(`${item.path} needs ${name}, which none of the packages holds`);
        queue.push(found);
      }
    }
    return [...entries.values()];
  }

  async function tree(path: string, leaveOut: (path: string) => boolean = () => false): Promise<LayerEntry[]> {
    const entries: LayerEntry[] = [];
    let any = false;
    async function walk(folder: string, at: string): Promise<void> {
      if (leaveOut(at)) return;
      const file = join(folder, at);
      const found = await lstat(file).catch(() => undefined);
      if (found === undefined) return;
      any = true;
      if (found.isSymbolicLink()) entries.push({ type: "symlink", path: at, target: await readlink(file) });
      else if (found.isDirectory())
        for (const name of (await readdir(file)).sort()) await walk(folder, `${at}/${name}`);
      else if (found.isFile())
        entries.push({ type: "file", path: at, content: await readFile(file), mode: found.mode & 0o755 });
    }
    for (const folder of folders) await walk(folder, merged(path).replace(/\/+$/, ""));
    if (!any) throw new Error(`none of the packages holds ${path}`);
    return entries;
  }

  return { programs, tree };
}
