import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

const bad = (what: string): PackageError => new PackageError("malformed", `rpm Berkeley DB: ${what}`);
const hashMagic = 0x061561;
const blobLimit = 64 << 20;
const pageHead = 26;
/** Types of pages and of items on them (db_page.h). */
const page = { unsortedHash: 2, overflow: 7, hash: 13 } as const;
const item = { inPage: 1, offPage: 3 } as const;

/** Whether a file begins like a Berkeley database of the hash form, in either order of bytes. */
export function isBdbHash(first: Buffer): boolean {
  return first.length >= 16 && (first.readUInt32LE(12) === hashMagic || first.readUInt32BE(12) === hashMagic);
}

/**
 * Header blobs of a `Packages` in Berkeley DB's hash form (RHEL 8 and older): the values of all pairs, in the order of the
 * pages. What lies in deleted pages is not looked at.
 */
export function* bdbBlobs(body: FileBody): Generator<Buffer> {
  const meta = Buffer.from(body.read(0, 72));
  if (meta.length < 72 || !isBdbHash(meta)) throw bad("it does not begin like one");
  const little = meta.readUInt32LE(12) === hashMagic;
  const u32 = (b: Buffer, at: number): number => (little ? b.readUInt32LE(at) : b.readUInt32BE(at));
  const u16 = (b: Buffer, at: number): number => (little ? b.readUInt16LE(at) : b.readUInt16BE(at));
  const size = u32(meta, 20);
  if (size < 512 || size > 65_536 || (size & (size - 1)) !== 0) throw bad(`pages of ${size} bytes`);
  if ((meta[24] ?? 0) !== 0) throw new PackageError("unsupported", "rpm Berkeley DB: it is encrypted");
  const pages = Math.min(u32(meta, 32) + 1, Math.floor(body.size / size));
  if (pages < u32(meta, 32) + 1) throw bad("it is cut off");
  // Each page of a value is of that value alone: more than the file holds comes of pages that are told twice.
  let left = body.size;

  function overflowed(first: number, length: number): Buffer {
    if (length > blobLimit) throw new PackageError("limit", `rpm Berkeley DB: a header of ${length} bytes`);
    left -= length;
    if (left < 0) throw bad("values that share their pages");
    const value = Buffer.allocUnsafe(length);
    let done = 0;
    for (let at = first; done < length; ) {
      if (at === 0 || at >= pages) throw bad("a value that leads out of the file");
      const bytes = body.read(at * size, size);
      const here = u16(bytes, 22);
      if (bytes[25] !== page.overflow || here === 0 || here > size - pageHead || done + here > length)
        throw bad("a value's page that is none");
      bytes.copy(value, done, pageHead, pageHead + here);
      done += here;
      at = u32(bytes, 16);
    }
    return value;
  }

  for (let number = 1; number < pages; number++) {
    const type = body.read(number * size + 25, 1)[0];
    if (type !== page.hash && type !== page.unsortedHash) continue;
    // Other pages are read while this one is gone through.
    const bytes = Buffer.from(body.read(number * size, size));
    const entries = u16(bytes, 20);
    if (pageHead + entries * 2 > size) throw bad("a page with more entries than it has room for");
    // Keys and values take turns; the items lie from the page's end downward.
    for (let i = 1; i < entries; i += 2) {
      const from = u16(bytes, pageHead + i * 2);
      const to = u16(bytes, pageHead + (i - 1) * 2);
      if (from < pageHead || from >= to || to > size) throw bad("an item that lies outside its page");
      const kind = bytes[from];
      if (kind === item.offPage) {
        if (to - from < 12) throw bad("an item that is cut off");
        yield overflowed(u32(bytes, from + 4), u32(bytes, from + 8));
      } else if (kind === item.inPage) {
        // rpm keeps its next number under the key 0.
        if (to - from > 9) yield bytes.subarray(from + 1, to);
      } else throw bad("an item of a kind that rpm has none of");
    }
  }
}
