import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { LayerBytes } from "../layers/read-layer.ts";
import type { AheadReaders } from "./read-ahead.ts";

const piece = 1 << 20;

/** A layer within an open file, which must stay open until it is read. `what`: for messages. */
export const layerBytes = (
  file: FileHandle,
  from: number,
  size: number,
  what: string,
  readers: AheadReaders,
): LayerBytes => ({
  ...(readers.worth(size)
    ? readers.read(file.fd, from, size, what)
    : { [Symbol.asyncIterator]: () => fileBytes(file, from, size) }),
  again: (into, offset) => readWhole(file.fd, into.subarray(0, Math.max(0, size - offset)), from + offset),
});

function readWhole(descriptor: number, into: Uint8Array, at: number): number {
  let done = 0;
  while (done < into.length) {
    const count = readSync(descriptor, into, done, into.length - done, at + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/**
 * A part of an open file, in pieces of a megabyte: each is valid until the next is asked for. Two buffers take turns,
 * so that the disk works while the reader does.
 */
export async function* fileBytes(file: FileHandle, from: number, size: number): AsyncGenerator<Uint8Array> {
  const length = Math.min(piece, Math.max(1, size));
  const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)] as const;
  let turn = 0;
  let at = 0;
  const fill = async (): Promise<Buffer> => {
    const buffer = buffers[turn++ % 2 === 0 ? 0 : 1];
    const { bytesRead } = await file.read(buffer, 0, Math.min(length, size - at), from + at);
    at += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  let next = fill();
  try {
    for (;;) {
      const chunk = await next;
      if (chunk.length === 0) return;
      next = at < size ? fill() : Promise.resolve(chunk.subarray(0, 0));
      // Its failure is told when it is asked for, and not before.
      next.catch(() => undefined);
      yield chunk;
    }
  } finally {
    // The file must not be closed under a read.
    await next.catch(() => undefined);
  }
}
