import { mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { expectArchive } from "./expect-archive.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-expect-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = join(folder, "image.tar");
writeFileSync(archive, "");
truncateSync(archive, 64 << 20);
utimesSync(archive, 1000, 1000);

/** Whether a thread is there: it is asked for less than one is started for. */
function isPrepared(target: string, cache: string | false): boolean {
  const readers = expectArchive(target, cache);
  try {
    return readers.worth(8 << 20);
  } finally {
    readers.close();
  }
}

test("a large archive is prepared for, unless something was remembered since it was made", () => {
  const cache = join(folder, "layers");
  expect(isPrepared(archive, cache)).toBe(true);
  mkdirSync(cache);
  expect(isPrepared(archive, cache)).toBe(false);
  expect(isPrepared(archive, false)).toBe(true);
  utimesSync(cache, 999, 999);
  expect(isPrepared(archive, cache)).toBe(true);
});

test("what is no file, or small, is not", () => {
  expect(isPrepared("registry.example.com/shop/web:1", false)).toBe(false);
  expect(isPrepared(folder, false)).toBe(false);
  writeFileSync(join(folder, "small.tar"), "");
  expect(isPrepared(join(folder, "small.tar"), false)).toBe(false);
});
