import { statSync } from "node:fs";
import { type AheadReaders, createAheadReaders } from "@bulkhead/images";

/** Has a large archive's reader started while all else that a scan takes is loaded. What is no file is left to who opens it. */
export function expectArchive(target: string): AheadReaders {
  const readers = createAheadReaders();
  try {
    const found = statSync(target);
    if (found.isFile()) readers.prepare(found.size);
  } catch {
    // A reference, most likely.
  }
  return readers;
}
