import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyOf, bodyOfFile, type FileBody } from "../packages/file-body.ts";

/** Holds one file at a time while it streams by: in memory up to a bound, past it in a temporary file of ours. */
export interface Spool {
  /** A file of so many bytes comes. */
  begin(size: number): void;
  add(bytes: Buffer): void;
  /** What came so far. Valid until the next `begin`. */
  body(): FileBody;
  close(): void;
}

/** `file`: an open file to use instead of one in the folder for temporary files; it stays the caller's. */
export function createSpool(inMemory: number, file?: number): Spool {
  let memory = Buffer.allocUnsafe(256 << 10);
  let folder: string | undefined;
  let descriptor = file;
  let onDisk = false;
  let length = 0;

  return {
    begin(size) {
      length = 0;
      onDisk = size > inMemory;
      if (onDisk) {
        if (descriptor === undefined) {
          folder = mkdtempSync(join(tmpdir(), "bulkhead-scan-"));
          descriptor = openSync(join(folder, "file"), "wx+", 0o600);
        }
        ftruncateSync(descriptor, 0);
      } else if (memory.length < size)
        memory = Buffer.allocUnsafeSlow(Math.min(inMemory, Math.max(size, memory.length * 2)));
    },
    add(bytes) {
      if (onDisk && descriptor !== undefined) {
        for (let done = 0; done < bytes.length; )
          done += writeSync(descriptor, bytes, done, bytes.length - done, length + done);
      } else bytes.copy(memory, length);
      length += bytes.length;
    },
    body: () =>
      onDisk && descriptor !== undefined ? bodyOfFile(descriptor, length) : bodyOf(memory.subarray(0, length)),
    close() {
      if (descriptor !== undefined && file === undefined) closeSync(descriptor);
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      descriptor = undefined;
      folder = undefined;
    },
  };
}
