import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { packTar } from "modern-tar";

/** One entry of a layer. Paths are relative, without a leading slash. Owned by root unless said. */
export type LayerEntry =
  | {
      readonly type: "file";
      readonly path: string;
      readonly content: Uint8Array;
      readonly mode: number;
      readonly owner?: number;
    }
  | { readonly type: "directory"; readonly path: string; readonly mode: number; readonly owner?: number }
  | { readonly type: "symlink"; readonly path: string; readonly target: string };

/** A packed layer: the bytes a registry keeps, and the digest of the tar inside. */
export interface Layer {
  readonly mediaType: "application/vnd.oci.image.layer.v1.tar+gzip";
  readonly digest: string;
  readonly diffId: string;
  readonly bytes: Uint8Array;
}

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const compress = promisify(gzip);

/**
 * Packs entries into a gzipped layer, the same bytes for the same entries: sorted, parents added, times at zero.
 * `level`: gzip's, 1 (fast) to 9. Throws TypeError on an absolute path, a `..`, or a path that occurs twice.
 */
export async function packLayer(entries: readonly LayerEntry[], level = 6): Promise<Layer> {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const path = entry.path.replace(/\/+$/, "");
    if (path === "" || path.startsWith("/") || path.split("/").some((p) => p === ".." || p === "." || p === ""))
      throw new TypeError(`layer entry "${entry.path}": the path must be relative and inside the image`);
    if (byPath.has(path)) throw new TypeError(`layer entry "${entry.path}" occurs twice`);
    byPath.set(path, entry);
  }
  for (const path of Array.from(byPath.keys())) {
    const parts = path.split("/");
    for (let n = 1; n < parts.length; n++) {
      const parent = parts.slice(0, n).join("/");
      if (!byPath.has(parent)) byPath.set(parent, { type: "directory", path: parent, mode: 0o755 });
    }
  }
  const sorted = [...byPath].sort(([a], [b]) => (a < b ? -1 : 1));
  const tar = await packTar(
    sorted.map(([path, entry]) => {
      const owner = entry.type === "symlink" ? 0 : (entry.owner ?? 0);
      const base = { mtime: new Date(0), uid: owner, gid: owner, uname: "", gname: "" };
      switch (entry.type) {
        case "file":
          return {
            header: { ...base, name: path, type: "file" as const, size: entry.content.length, mode: entry.mode },
            body: entry.content,
          };
        case "directory":
          return { header: { ...base, name: `${path}/`, type: "directory" as const, size: 0, mode: entry.mode } };
        case "symlink":
          return {
            header: { ...base, name: path, type: "symlink" as const, size: 0, mode: 0o777, linkname: entry.target },
          };
      }
    }),
  );
  const bytes = await compress(tar, { level });
  return {
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: sha256(bytes),
    diffId: sha256(tar),
    bytes,
  };
}
