import { closeSync, openSync, readSync } from "node:fs";

/** Bytes of one process' table that are read: whoever maps more hides behind it, and does not cost the node more. */
const most = 1 << 20;

/** `ADDRESSES RIGHTS OFFSET DEVICE INODE PATH`: rights with an x, an inode that is one. */
const executable = /^[0-9a-f]+-[0-9a-f]+ ..x. \S+ \S+ [1-9][0-9]* +(\/.*)$/gm;

/** Files that a process may run code from, beside its program: libraries, and what else it mapped so. As `/proc/PID/maps` has them. */
export function loadedCode(maps: string, program: string): string[] {
  const found = new Set<string>();
  for (const [, path = ""] of maps.matchAll(executable)) found.add(path);
  found.delete(program);
  // Memory without a file is what compilers of the moment write into.
  return [...found].filter((path) => !path.startsWith("/memfd:") && !path.startsWith("/dev/zero"));
}

/** The beginning of a process' maps; throws where it is gone. */
export function readMaps(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const parts: Buffer[] = [];
    for (let length = 0; length < most; ) {
      const part = Buffer.allocUnsafe(64 << 10);
      const read = readSync(descriptor, part);
      if (read === 0) break;
      parts.push(part.subarray(0, read));
      length += read;
    }
    return Buffer.concat(parts).toString("utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** The linker itself as a program: it runs whatever file it is given, and `/proc` names the linker. */
export const isLinker = (program: string): boolean =>
  /\/ld-(?:linux|musl)[^/]*\.so[^/]*$|\/ld-\d[^/]*\.so$/.test(program);
