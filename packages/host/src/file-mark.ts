import { statSync } from "node:fs";

/** What changes whenever a file does; undefined where there is none. One look, without reading it. */
export function fileMark(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeMs}`;
}
