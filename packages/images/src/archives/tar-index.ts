import type { FileHandle } from "node:fs/promises";
import { LayerError } from "../layers/layer-error.ts";
import { insideRoot } from "../layers/tar-header.ts";
import { createTarReader } from "../layers/tar-reader.ts";
import { SourceError } from "./source-error.ts";

export interface TarPlace {
  readonly offset: number;
  readonly size: number;
}

const piece = 64 << 10;
const entriesLimit = 100_000;
const linksLimit = 8;

/** Where each file of a tar lies; bodies are passed over, not read. Links are followed by name. */
export async function indexTar(file: FileHandle, what: string): Promise<(path: string) => TarPlace | undefined> {
  const places = new Map<string, TarPlace>();
  const links = new Map<string, string>();
  const reader = createTarReader(
    {
      entry(entry) {
        if (entry.type === "file") places.set(entry.path, { offset: reader.position, size: entry.size });
        else if (entry.type === "link") links.set(entry.path, entry.target);
        else if (entry.type === "symlink")
          links.set(entry.path, insideRoot(`${entry.path.slice(0, entry.path.lastIndexOf("/") + 1)}${entry.target}`));
        return false;
      },
      data: () => undefined,
      end: () => undefined,
    },
    { entries: entriesLimit, pathBytes: 4096 },
  );
  const { size } = await file.stat();
  const buffer = Buffer.allocUnsafe(piece);
  try {
    // Small reads at first: most of the file is bodies.
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(1536, piece), at);
      if (bytesRead === 0) break;
      at += bytesRead;
      reader.push(buffer.subarray(0, bytesRead));
      at += reader.skip();
    }
    reader.finish();
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    throw new SourceError("malformed", `${what}: ${error.message}`, error);
  }
  return (path) => {
    let at = path;
    for (let i = 0; i < linksLimit; i++) {
      const place = places.get(at);
      if (place !== undefined) return place;
      const next = links.get(at);
      if (next === undefined) return undefined;
      at = next;
    }
    return undefined;
  };
}
