import fc from "fast-check";
import { expect, test } from "vitest";
import { createPathSet, hasHash, hashLines, hashPath, newPathKey, packHashes, unpackHashes } from "./path-set.ts";
import { insideRoot } from "./tar-header.ts";

test("a set of paths holds what was put in, and next to nothing else", () => {
  const key = newPathKey();
  const set = createPathSet(key);
  const paths = Array.from({ length: 50_000 }, (_, i) => `usr/share/folder-${i % 97}/file-${i}`);
  for (const path of paths) set.add(path);
  const sorted = unpackHashes(packHashes(set.finish()));
  expect(paths.every((path) => hasHash(sorted, hashPath(key, path)))).toBe(true);
  expect(new Set(sorted).size).toBe(paths.length);
  expect(paths.some((path) => hasHash(sorted, hashPath(key, `${path}x`)))).toBe(false);
});

test("hashes differ by key, by length and by every character", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (a, b) => {
      const key = [1, 2] as const;
      expect(hashPath(key, a) === hashPath(key, b)).toBe(a === b);
      expect(hashPath(key, a)).not.toBe(hashPath([1, 3], a));
      expect(hashPath(key, a)).not.toBe(hashPath(key, `${a}\0`));
    }),
  );
});

test("the lines of a text hash as the paths they name within the image", () => {
  const part = fc.constantFrom(
    "/",
    "//",
    "/.",
    "/./",
    "/../",
    "a",
    "lib",
    ".so",
    "é",
    "\u4e2d",
    "\ufffd",
    " ",
    "\r",
    "\0",
  );
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 8 })), (parts) => {
      const key = [3, 4] as const;
      const lines = parts.map((each) => each.join(""));
      const wanted = lines.filter((line) => Buffer.byteLength(line) > 1).map((line) => hashPath(key, insideRoot(line)));
      expect([...hashLines(key, Buffer.from(lines.join("\n")))]).toEqual(wanted);
    }),
  );
});

test("a long path hashes as a short one does: by all of it", () => {
  const long = `usr/${"x".repeat(5000)}`;
  expect(hashPath([5, 6], long)).not.toBe(hashPath([5, 6], `${long}y`));
  expect(hashLines([5, 6], Buffer.from(`/${long}`))[0]).toBe(hashPath([5, 6], long));
});
