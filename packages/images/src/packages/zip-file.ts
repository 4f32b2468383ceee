import { inflateRawSync } from "node:zlib";
import type { FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly header: number;
}

const bad = (what: string): PackageError => new PackageError("malformed", `zip: ${what}`);
const entriesLimit = 200_000;
const directoryLimit = 32 << 20;

/** The central directory: what Java itself goes by. A program before the archive (self-starting jars) is allowed for. */
export function readZip(body: FileBody): { readonly entries: readonly ZipEntry[]; readonly start: number } {
  const tailAt = Math.max(0, body.size - 65_557);
  const tail = Buffer.from(body.read(tailAt, 65_557));
  const end = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || end + 22 > tail.length) throw bad("no end of a directory");
  let count = tail.readUInt16LE(end + 10);
  let size = tail.readUInt32LE(end + 12);
  let offset = tail.readUInt32LE(end + 16);
  let directoryEnd = tailAt + end;
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    const locator = end - 20;
    if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
      const at = Number(tail.readBigUInt64LE(locator + 8));
      const wide = Buffer.from(body.read(at, 56));
      if (wide.length < 56 || wide.readUInt32LE(0) !== 0x06064b50) throw bad("no wide end of a directory");
      count = Number(wide.readBigUInt64LE(32));
      size = Number(wide.readBigUInt64LE(40));
      offset = Number(wide.readBigUInt64LE(48));
      directoryEnd = at;
    }
  }
  if (count > entriesLimit || size > directoryLimit)
    throw new PackageError("limit", `zip: ${count} entries in a directory of ${size} bytes`);
  const start = directoryEnd - size - offset;
  if (start < 0) throw bad("a directory outside the file");
  const directory = Buffer.from(body.read(start + offset, size));
  if (directory.length < size) throw bad("a directory that is cut off");
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && entries.length < count; ) {
    if (directory.readUInt32LE(at) !== 0x02014b50) throw bad("an entry that is none");
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const next = at + 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw bad("an entry that is cut off");
    let entry: ZipEntry = {
      name: directory.toString("utf8", at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      header: directory.readUInt32LE(at + 42),
    };
    if (entry.compressed === 0xffffffff || entry.size === 0xffffffff || entry.header === 0xffffffff)
      entry = widened(entry, directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    entries.push(entry);
    at = next;
  }
  return { entries, start };
}

/** The zip64 extra field holds, in this order, what did not fit. */
function widened(entry: ZipEntry, extra: Buffer): ZipEntry {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      let field = at + 4;
      const take = (now: number): number => {
        if (now !== 0xffffffff) return now;
        if (field + 8 > extra.length) throw bad("a wide number that is cut off");
        const value = Number(extra.readBigUInt64LE(field));
        field += 8;
        return value;
      };
      const size = take(entry.size);
      const compressed = take(entry.compressed);
      return { ...entry, size, compressed, header: take(entry.header) };
    }
    at += 4 + length;
  }
  return entry;
}

/** One entry's bytes, at most `limit` of them. */
export function readZipEntry(body: FileBody, start: number, entry: ZipEntry, limit: number): Buffer {
  if (entry.size > limit || entry.compressed > limit)
    throw new PackageError("limit", `zip: ${entry.name.slice(0, 200)} has ${entry.size} bytes`);
  const head = body.read(start + entry.header, 30);
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) throw bad("an entry without its header");
  const at = start + entry.header + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const bytes = body.read(at, entry.compressed);
  if (bytes.length < entry.compressed) throw bad("an entry that is cut off");
  switch (entry.method) {
    case 0:
      return Buffer.from(bytes);
    case 8:
      try {
        return inflateRawSync(bytes, { maxOutputLength: Math.max(1, limit) });
      } catch (error) {
        throw bad(
          `an entry that does not unpack (${error instanceof Error && "code" in error ? String(error.code) : "error"})`,
        );
      }
    default:
      throw new PackageError("unsupported", `zip: compression method ${entry.method}`);
  }
}
