import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { AdvisoryError } from "./advisory-error.ts";

/** Bounds that no honest archive of advisories reaches; all of OSV's npm has some 250,000 records. */
export interface ZipLimits {
  readonly entries: number;
  /** Of one entry, unpacked. */
  readonly entryBytes: number;
  /** Of all entries, unpacked. */
  readonly totalBytes: number;
}

const zipLimits: ZipLimits = { entries: 2_000_000, entryBytes: 16 * 2 ** 20, totalBytes: 16 * 2 ** 30 };

interface ZipEntry {
  readonly name: string;
  /** CRC-32 of the unpacked bytes, as the archive states it. */
  readonly sum: number;
  readonly bytes: number;
  /** Unpacks it; throws where it is larger than it says. */
  read(): Uint8Array;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const end64Locator = 0x07064b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const longestEnd = 22 + 65_535;

/** An opened archive: its entries one by one, in the order of its directory. Nothing is unpacked until it is asked for. */
export interface ZipFile {
  readonly count: number;
  entries(): Generator<ZipEntry>;
  close(): void;
}

/**
 * Opens a zip archive (zip64 too) by its central directory. Encrypted, split and overlapping entries are refused: a
 * bomb needs the last, since what is unpacked from a byte can be a thousand bytes at most.
 */
export function openZip(path: string, limits: ZipLimits = zipLimits): ZipFile {
  const file = openSync(path, "r");
  try {
    const size = fstatSync(file).size;
    const read = (at: number, length: number): Buffer => {
      if (at < 0 || length < 0 || at + length > size)
        throw new AdvisoryError("malformed", `${path}: the zip archive is cut off`);
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const got = readSync(file, bytes, done, length - done, at + done);
        if (got === 0) throw new AdvisoryError("malformed", `${path}: the zip archive is cut off`);
        done += got;
      }
      return bytes;
    };
    const { count, offset, length } = findDirectory(path, size, read);
    if (count > limits.entries)
      throw new AdvisoryError("too-large", `${path}: ${count} entries, ${limits.entries} at most`);
    return {
      count,
      entries: () => entriesOf({ path, size, read, limits }, { count, offset, length }),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

interface Directory {
  readonly count: number;
  readonly offset: number;
  readonly length: number;
}

interface Archive {
  readonly path: string;
  readonly size: number;
  readonly read: (at: number, length: number) => Buffer;
  readonly limits: ZipLimits;
}

function findDirectory(path: string, size: number, read: Archive["read"]): Directory {
  const tailLength = Math.min(size, longestEnd);
  const tail = read(size - tailLength, tailLength);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    const count = tail.readUInt16LE(at + 10);
    const length = tail.readUInt32LE(at + 12);
    const offset = tail.readUInt32LE(at + 16);
    const big = count === 0xffff || length === 0xffffffff || offset === 0xffffffff;
    if (!big) return { count, length, offset };
    if (at < 20 || tail.readUInt32LE(at - 20) !== end64Locator) break;
    const record = read(Number(tail.readBigUInt64LE(at - 20 + 8)), 56);
    if (record.readUInt32LE(0) !== end64Signature) break;
    return {
      count: Number(record.readBigUInt64LE(32)),
      length: Number(record.readBigUInt64LE(40)),
      offset: Number(record.readBigUInt64LE(48)),
    };
  }
  throw new AdvisoryError("malformed", `${path}: not a zip archive`);
}

/** The directory is read in pieces: a large archive's is tens of megabytes. */
const piece = 1 << 20;

function* entriesOf(archive: Archive, directory: Directory): Generator<ZipEntry> {
  const { path, read, limits } = archive;
  const directoryEnd = directory.offset + directory.length;
  let total = 0;
  let packedTotal = 0;
  let at = directory.offset;
  let window: Buffer = Buffer.alloc(0);
  let start = at;
  const need = (length: number): Buffer => {
    if (at + length > start + window.length) {
      start = at;
      window = read(at, Math.max(length, Math.min(piece, directoryEnd - at)));
    }
    return window.subarray(at - start, at - start + length);
  };
  for (let i = 0; i < directory.count; i++) {
    const head = need(46);
    if (head.readUInt32LE(0) !== centralSignature)
      throw new AdvisoryError("malformed", `${path}: entry ${i} of the directory is damaged`);
    const flags = head.readUInt16LE(8);
    const method = head.readUInt16LE(10);
    const sum = head.readUInt32LE(16);
    const nameLength = head.readUInt16LE(28);
    const extraLength = head.readUInt16LE(30);
    const commentLength = head.readUInt16LE(32);
    const sizes = { packed: head.readUInt32LE(20), plain: head.readUInt32LE(24), offset: head.readUInt32LE(42) };
    at += 46;
    const rest = need(nameLength + extraLength + commentLength);
    at += rest.length;
    const name = rest.toString("utf8", 0, nameLength);
    const { packed, plain, offset } = withZip64(sizes, rest.subarray(nameLength, nameLength + extraLength));
    total += plain;
    packedTotal += packed;
    if (plain > limits.entryBytes || total > limits.totalBytes)
      throw new AdvisoryError("too-large", `${path}: ${name.slice(0, 100)} unpacks to more than is read`);
    if (packedTotal > archive.size) throw new AdvisoryError("malformed", `${path}: entries overlap`);
    if ((flags & 1) !== 0) throw new AdvisoryError("malformed", `${path}: ${name.slice(0, 100)} is encrypted`);
    if (name.endsWith("/")) continue;
    yield { name, sum, bytes: plain, read: () => unpack(archive, { name, method, packed, plain, offset }) };
  }
}

function withZip64(
  sizes: { packed: number; plain: number; offset: number },
  extra: Buffer,
): { packed: number; plain: number; offset: number } {
  let at = 0;
  while (at + 4 <= extra.length) {
    const id = extra.readUInt16LE(at);
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    at += 4;
    if (id === 1) {
      const result = { ...sizes };
      for (const field of ["plain", "packed", "offset"] as const)
        if (sizes[field] === 0xffffffff && at + 8 <= end) {
          result[field] = Number(extra.readBigUInt64LE(at));
          at += 8;
        }
      return result;
    }
    at = end;
  }
  return sizes;
}

interface Located {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly plain: number;
  readonly offset: number;
}

function unpack({ path, read }: Archive, { name, method, packed, plain, offset }: Located): Uint8Array {
  const local = read(offset, 30);
  const broken = (cause?: unknown): AdvisoryError =>
    new AdvisoryError("malformed", `${path}: ${name.slice(0, 100)} is damaged`, cause);
  if (local.readUInt32LE(0) !== localSignature) throw broken();
  const bytes = read(offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), packed);
  if (method === 0 && packed === plain) return bytes;
  if (method !== 8) throw broken();
  try {
    const out = inflateRawSync(bytes, { maxOutputLength: Math.max(1, plain) });
    if (out.length !== plain) throw broken();
    return out;
  } catch (error) {
    throw error instanceof AdvisoryError ? error : broken(error);
  }
}
