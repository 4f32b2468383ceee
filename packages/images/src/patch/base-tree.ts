import type { SourceImage } from "../archives/image-source.ts";
import { defaultLimits, type ScanLimits } from "../layers/limits.ts";
import { readLayer } from "../layers/read-layer.ts";
import { insideRoot, type TarEntry, type TarType } from "../layers/tar-header.ts";
import { PatchError } from "./patch-error.ts";

/** A file of the base image as its layers leave it. */
export interface BaseNode {
  readonly type: TarType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly target: string;
  /** Of files that were to be kept. */
  readonly content?: Buffer;
  /** Of a folder. */
  readonly children: Map<string, BaseNode>;
}

/** The files of a base image, all its layers above one another. Paths have no leading slash. */
export interface BaseTree {
  /** What lies at a path, links in its folders followed and the last part's not. */
  at(path: string): BaseNode | undefined;
  /** The path with links in its folders followed: where an unpacked file really goes. */
  resolve(path: string): string;
  content(path: string): Buffer | undefined;
  /** Names in a folder, sorted. */
  list(path: string): readonly string[];
}

const linksLimit = 40;
const keptLimit = { file: 32 << 20, all: 192 << 20 };
const whiteout = ".wh.";

const folder = (): BaseNode => ({
  type: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: 0,
  target: "",
  children: new Map(),
});

/** Reads all layers once, digests checked. `keep`: whose contents are kept. Throws LayerError and PatchError. */
export async function readBaseTree(
  image: SourceImage,
  keep: (path: string) => boolean,
  limits: ScanLimits = defaultLimits,
): Promise<BaseTree> {
  const root = folder();
  let kept = 0;
  let entries = 0;
  for (const layer of image.layers) {
    const seen: { readonly entry: TarEntry; content?: Buffer }[] = [];
    let parts: Buffer[] | undefined;
    const names = { what: `${image.name}, layer ${layer.digest ?? ""}`, digest: layer.digest, diffId: layer.diffId };
    await readLayer(
      layer.open(),
      names,
      {
        entry(entry) {
          if (++entries > limits.entries)
            throw new PatchError("limit", `${image.name}: more than ${limits.entries} files`);
          seen.push({ entry });
          parts = undefined;
          if (entry.type !== "file" || entry.size > keptLimit.file || !keep(entry.path)) return false;
          kept += entry.size;
          if (kept > keptLimit.all) throw new PatchError("limit", `${image.name}: its package databases are too large`);
          parts = [];
          return true;
        },
        data: (bytes) => void parts?.push(Buffer.from(bytes)),
        end() {
          const last = seen.at(-1);
          if (parts !== undefined && last !== undefined) last.content = Buffer.concat(parts);
        },
      },
      limits,
    );
    lay(root, seen);
  }
  const resolve = (path: string): string => resolved(root, path);
  const at = (path: string): BaseNode | undefined => node(root, resolve(path));
  return {
    at,
    resolve,
    content: (path) => at(path)?.content,
    list: (path) => [...(at(path)?.children.keys() ?? [])].sort(),
  };
}

const partsOf = (path: string): string[] => (path === "" ? [] : path.split("/"));

function node(root: BaseNode, path: string): BaseNode | undefined {
  let current: BaseNode | undefined = root;
  for (const part of partsOf(path)) current = current?.children.get(part);
  return current;
}

/** Follows the links in a path's folders, inside the image whatever they say. */
function resolved(root: BaseNode, path: string): string {
  let left = partsOf(path);
  let done: string[] = [];
  for (let links = 0; left.length > 1; ) {
    const [part = "", ...rest] = left;
    const here = node(root, [...done, part].join("/"));
    if (here?.type !== "symlink" || ++links > linksLimit) {
      done = [...done, part];
      left = rest;
      continue;
    }
    const led = here.target.startsWith("/") ? here.target : [...done, here.target].join("/");
    left = [...partsOf(insideRoot(led)), ...rest];
    done = [];
  }
  return [...done, ...left].join("/");
}

/** Whiteouts first: they are about the layers below. */
function lay(root: BaseNode, seen: readonly { readonly entry: TarEntry; readonly content?: Buffer }[]): void {
  for (const { entry } of seen) {
    const slash = entry.path.lastIndexOf("/");
    const name = entry.path.slice(slash + 1);
    if (!name.startsWith(whiteout)) continue;
    const parent = node(root, resolved(root, `${entry.path.slice(0, Math.max(0, slash))}/.`).replace(/\/?\.$/, ""));
    if (name === ".wh..wh..opq") parent?.children.clear();
    else parent?.children.delete(name.slice(whiteout.length));
  }
  for (const { entry, content } of seen) {
    if (entry.path === "" || entry.path.slice(entry.path.lastIndexOf("/") + 1).startsWith(whiteout)) continue;
    const path = resolved(root, entry.path);
    const parts = partsOf(path);
    const name = parts.pop() ?? "";
    let parent = root;
    for (const part of parts) {
      let next = parent.children.get(part);
      if (next?.type !== "directory") {
        next = folder();
        parent.children.set(part, next);
      }
      parent = next;
    }
    const before = parent.children.get(name);
    const linked = entry.type === "link" ? node(root, resolved(root, entry.target)) : undefined;
    const { type, mode, uid, gid, mtime, target } = linked ?? entry;
    const bytes = linked === undefined ? content : linked.content;
    parent.children.set(name, {
      type,
      mode,
      uid,
      gid,
      mtime,
      target,
      children: type === "directory" && before?.type === "directory" ? before.children : new Map(),
      ...(bytes === undefined ? {} : { content: bytes }),
    });
  }
}
