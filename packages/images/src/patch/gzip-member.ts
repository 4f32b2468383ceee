import { crc32, inflateRawSync } from "node:zlib";
import { PatchError } from "./patch-error.ts";

/** One gzip stream of several that follow one another, which apk signs and hashes each by its packed bytes. */
export interface GzipMember {
  readonly packed: Buffer;
  readonly plain: Buffer;
  /** What follows it. */
  readonly rest: Buffer;
}

const bad = (what: string): PatchError => new PatchError("malformed", `${what}: a damaged archive`);

/** The length of a gzip header (RFC 1952). */
function headerLength(bytes: Buffer, what: string): number {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) throw bad(what);
  const flags = bytes[3] ?? 0;
  if ((flags & 0xe0) !== 0) throw bad(what);
  let at = 10;
  if ((flags & 4) !== 0) {
    if (at + 2 > bytes.length) throw bad(what);
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) throw bad(what);
    at = end + 1;
  }
  return (flags & 2) === 0 ? at : at + 2;
}

/** Takes the first gzip stream off, at most so many bytes of it unpacked. Throws PatchError. */
export function firstMember(bytes: Buffer, limit: number, what: string): GzipMember {
  const start = headerLength(bytes, what);
  let plain: Buffer;
  let used: number;
  try {
    const done = inflateRawSync(bytes.subarray(start), { info: true, maxOutputLength: limit }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    plain = done.buffer;
    used = done.engine.bytesWritten;
  } catch (error) {
    if (error instanceof RangeError)
      throw new PatchError("limit", `${what}: unpacks to more than ${limit} bytes`, error);
    throw bad(what);
  }
  const end = start + used + 8;
  if (end > bytes.length) throw bad(what);
  if (bytes.readUInt32LE(end - 8) !== crc32(plain) || bytes.readUInt32LE(end - 4) !== plain.length % 2 ** 32)
    throw bad(what);
  return { packed: bytes.subarray(0, end), plain, rest: bytes.subarray(end) };
}
