import { LayerError } from "../layers/layer-error.ts";
import { createTarReader } from "../layers/tar-reader.ts";
import { AdvisoryError } from "./advisory-error.ts";

/** Largest document that is gathered; larger ones are handed on cut off, and are named as unreadable. */
const mostBytes = 64 * 2 ** 20;
const limits = { entries: 2_000_000, pathBytes: 4096 };

export interface TarDocument {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The JSON documents of a tar, as its bytes stream by. */
export async function* tarDocuments(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<TarDocument, void, undefined> {
  const ready: TarDocument[] = [];
  let name = "";
  let parts: Buffer[] = [];
  let size = 0;
  const reader = createTarReader(
    {
      entry(entry) {
        name = entry.path;
        parts = [];
        size = 0;
        return entry.path.endsWith(".json");
      },
      data(bytes) {
        size += bytes.length;
        if (size <= mostBytes) parts.push(Buffer.from(bytes));
      },
      end() {
        ready.push({ name, bytes: Buffer.concat(parts) });
      },
    },
    limits,
  );
  try {
    for await (const chunk of chunks) {
      reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      yield* ready.splice(0);
    }
    reader.finish();
    yield* ready;
  } catch (error) {
    throw error instanceof LayerError ? new AdvisoryError("malformed", `${path}: ${error.message}`, error) : error;
  }
}
