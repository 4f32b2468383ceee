import { packTar } from "modern-tar";
import type { BaseTree } from "./base-tree.ts";

/** One entry of the patch's layer. Paths have no leading slash; times are seconds since the epoch. */
export type LayerChange =
  | {
      readonly type: "file";
      readonly path: string;
      readonly content: Uint8Array;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly mtime: number;
    }
  | {
      readonly type: "directory";
      readonly path: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly mtime: number;
    }
  | { readonly type: "symlink"; readonly path: string; readonly target: string; readonly mtime: number }
  /** Another name of a file of this layer, with that file's mode and owner: a runtime sets them once more by this name. */
  | {
      readonly type: "link";
      readonly path: string;
      readonly target: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly mtime: number;
    }
  | { readonly type: "whiteout"; readonly path: string };

const whiteoutPath = (path: string): string => {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}.wh.${path.slice(slash + 1)}`;
};

/**
 * Packs changes as a layer's tar, the same bytes for the same changes: sorted, folders above them as the base has them,
 * links after the files they name.
 */
export async function packChanges(changes: readonly LayerChange[], tree: BaseTree): Promise<Uint8Array> {
  const byPath = new Map<string, LayerChange>();
  for (const change of changes)
    byPath.set(change.type === "whiteout" ? whiteoutPath(change.path) : change.path, change);
  for (const path of Array.from(byPath.keys())) {
    const parts = path.split("/");
    for (let n = 1; n < parts.length; n++) {
      const parent = parts.slice(0, n).join("/");
      if (byPath.has(parent)) continue;
      // One that is neither there nor among the changes is root's, as any packer makes it.
      const { mode = 0o755, uid = 0, gid = 0, mtime = 0 } = tree.at(parent) ?? {};
      byPath.set(parent, { type: "directory", path: parent, mode, uid, gid, mtime });
    }
  }
  const rank = (change: LayerChange): number => (change.type === "link" ? 1 : 0);
  const sorted = [...byPath].sort(([a, x], [b, y]) => rank(x) - rank(y) || (a < b ? -1 : 1));
  return packTar(
    sorted.map(([path, change]) => {
      const root = { uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(0) };
      switch (change.type) {
        case "file": {
          const { mode, uid, gid, mtime, content } = change;
          const times = { mtime: new Date(mtime * 1000) };
          return {
            header: { ...root, ...times, name: path, type: "file" as const, size: content.length, mode, uid, gid },
            body: content,
          };
        }
        case "directory": {
          const { mode, uid, gid, mtime } = change;
          const times = { mtime: new Date(mtime * 1000) };
          return {
            header: { ...root, ...times, name: `${path}/`, type: "directory" as const, size: 0, mode, uid, gid },
          };
        }
        case "symlink": {
          const times = { mtime: new Date(change.mtime * 1000) };
          const { target } = change;
          return {
            header: { ...root, ...times, name: path, type: "symlink" as const, size: 0, mode: 0o777, linkname: target },
          };
        }
        case "link": {
          const { mode, uid, gid, mtime, target } = change;
          const times = { mtime: new Date(mtime * 1000) };
          return {
            header: { ...root, ...times, name: path, type: "link" as const, size: 0, mode, uid, gid, linkname: target },
          };
        }
        case "whiteout":
          return {
            header: { ...root, name: path, type: "file" as const, size: 0, mode: 0o644 },
            body: new Uint8Array(),
          };
      }
    }),
  );
}
