import { packTar } from "modern-tar";

/** One entry of a test's tar; whatever is left out is a plain file of root's. */
export interface FixtureEntry {
  readonly name: string;
  readonly type?: "file" | "directory" | "symlink" | "link";
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  readonly uid?: number;
  readonly linkname?: string;
}

/** A tar of exactly these entries, no parents added: what the tests of layers read. */
export async function tarOf(entries: readonly FixtureEntry[]): Promise<Buffer> {
  const tar = await packTar(
    entries.map(({ name, type = "file", content = "", mode, uid = 0, linkname }) => {
      const body = typeof content === "string" ? Buffer.from(content) : content;
      const header = {
        name,
        type,
        mode: mode ?? (type === "directory" ? 0o755 : 0o644),
        uid,
        gid: 0,
        mtime: new Date(0),
        size: type === "file" ? body.length : 0,
        ...(linkname === undefined ? {} : { linkname }),
      };
      return type === "file" ? { header, body } : { header };
    }),
  );
  return Buffer.from(tar);
}

/** Bytes in pieces of so many, as a layer's source gives them. */
export async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
