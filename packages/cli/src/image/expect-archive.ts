import { type Stats, statSync } from "node:fs";
import { type AheadReaders, createAheadReaders } from "@bulkhead/images";
import { layersFolder } from "./layers-folder.ts";

/**
 * Has a large archive's reader started while all else that a scan takes is loaded. One that is older than what was remembered
 * last may well be known: its reader starts when it turns out not to be.
 */
export function expectArchive(target: string, cache: string | false | undefined): AheadReaders {
  const readers = createAheadReaders();
  const archive = found(target);
  const folder = layersFolder(cache);
  const remembered = folder === undefined ? undefined : found(folder);
  if (archive?.isFile() === true && (remembered === undefined || remembered.mtimeMs < archive.mtimeMs))
    readers.prepare(archive.size);
  return readers;
}

/** What is no file is a reference, most likely. */
function found(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
