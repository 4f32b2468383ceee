import type { FileHandle } from "node:fs/promises";

const piece = 1 << 20;

/** A part of an open file, in pieces of a megabyte, each in the same buffer: valid until the next is asked for. */
export async function* fileBytes(file: FileHandle, from: number, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(piece, Math.max(1, size)));
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), from + at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
