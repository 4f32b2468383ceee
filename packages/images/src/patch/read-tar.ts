import type { TarEntry } from "../layers/tar-header.ts";
import { createTarReader } from "../layers/tar-reader.ts";
import { PatchError } from "./patch-error.ts";

/** An entry of a package's archive with its bytes. */
export interface PackedEntry {
  readonly entry: TarEntry;
  /** Empty for what is no file. */
  readonly content: Buffer;
}

export interface TarBounds {
  readonly entries: number;
  /** Of all files together. */
  readonly bytes: number;
}

/** A whole tar in memory, in its order. Throws LayerError, and PatchError `limit`. */
export async function readTar(
  bytes: AsyncIterable<Uint8Array>,
  bounds: TarBounds,
  what: string,
): Promise<PackedEntry[]> {
  const found: PackedEntry[] = [];
  let parts: Buffer[] = [];
  let current: TarEntry | undefined;
  let total = 0;
  const reader = createTarReader(
    {
      entry(entry) {
        if (entry.type !== "file") {
          found.push({ entry, content: Buffer.alloc(0) });
          return false;
        }
        total += entry.size;
        if (total > bounds.bytes)
          throw new PatchError("limit", `${what}: its files are more than ${bounds.bytes} bytes`);
        current = entry;
        parts = [];
        return true;
      },
      data: (chunk) => void parts.push(Buffer.from(chunk)),
      end() {
        if (current !== undefined) found.push({ entry: current, content: Buffer.concat(parts) });
        current = undefined;
      },
    },
    { entries: bounds.entries, pathBytes: 4096 },
  );
  for await (const chunk of bytes) reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  reader.finish();
  return found;
}
