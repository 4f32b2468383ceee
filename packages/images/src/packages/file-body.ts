import { readSync } from "node:fs";
import { PackageError } from "./package-error.ts";

/** A file of an image while it is looked at: in memory, or on disk where it is large. */
export interface FileBody {
  readonly size: number;
  /** At most `length` bytes from `offset`; fewer at the end, none past it. Valid until the next read. */
  read(offset: number, length: number): Buffer;
}

export const bodyOf = (bytes: Buffer): FileBody => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length)),
});

/** Of an open file; the descriptor stays the caller's. */
export const bodyOfFile = (descriptor: number, size: number): FileBody => ({
  size,
  read(offset, length) {
    const take = Math.max(0, Math.min(length, size - offset));
    const into = Buffer.allocUnsafe(take);
    let done = 0;
    while (done < take) {
      const count = readSync(descriptor, into, done, take - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return into.subarray(0, done);
  },
});

const textLimit = 32 << 20;

/** All bytes of a text. Throws PackageError `limit` past 32 MiB: ten times what such files have. */
export function wholeOf(body: FileBody): Buffer {
  if (body.size > textLimit) throw new PackageError("limit", `a text of ${body.size} bytes`);
  return body.read(0, body.size);
}

/** The whole body as text, within the same bound. */
export const textOf = (body: FileBody): string => wholeOf(body).toString("utf8");

/** Offset of the first occurrence from `from` on, or -1; read in pieces that overlap. */
export function findIn(body: FileBody, needle: Buffer, from = 0, to = body.size): number {
  const piece = 1 << 20;
  for (let at = from; at < to; at += piece) {
    const part = body.read(at, Math.min(piece + needle.length - 1, to - at));
    const found = part.indexOf(needle);
    if (found >= 0) return at + found;
  }
  return -1;
}
