import fc from "fast-check";
import { expect, test } from "vitest";
import { createPathSet, hasHash, hashPath, newPathKey, packHashes, unpackHashes } from "./path-set.ts";

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
