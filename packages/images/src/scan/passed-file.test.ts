import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createPassedFile } from "./passed-file.ts";

/** A file of so many bytes from 100 on in what is read again, handed over in pieces. */
function pass(bytes: Buffer, sizes: readonly number[]) {
  const stored = Buffer.concat([Buffer.alloc(100, 7), bytes, Buffer.alloc(50, 9)]);
  const file = createPassedFile(
    (into, offset) => stored.copy(into, 0, offset, offset + into.length),
    100,
    bytes.length,
  );
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    file.add(bytes.subarray(at, at + size));
    at += size;
  }
  return { body: file.body(), stored };
}

test("reads what passed, in whatever pieces it came and whatever part is asked for", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 900_000 }),
      fc.array(fc.integer({ min: 1000, max: 400_000 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(600_000)), { maxLength: 6 }),
      (size, sizes, parts) => {
        const bytes = randomBytes(size);
        const { body } = pass(bytes, sizes);
        expect(body.size).toBe(size);
        for (const [from, count] of parts)
          expect(body.read(from, count).equals(bytes.subarray(from, from + count))).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test.each([0, 262_143, 262_144, 599_999])("a file written to meanwhile, at byte %d, is told and not believed", (at) => {
  const { body, stored } = pass(randomBytes(600_000), [100_000]);
  stored[100 + at] = (stored[100 + at] ?? 0) ^ 1;
  expect(() => body.read(at, 1)).toThrow(expect.objectContaining({ code: "malformed" }));
});

test("a file cut off meanwhile is told", () => {
  const bytes = randomBytes(600_000);
  const file = createPassedFile(
    (into, offset) => bytes.copy(into, 0, offset, Math.min(offset + into.length, 599_999)),
    0,
    bytes.length,
  );
  file.add(bytes);
  expect(file.body().read(0, 10).equals(bytes.subarray(0, 10))).toBe(true);
  expect(() => file.body().read(590_000, 10_000)).toThrow(expect.objectContaining({ code: "malformed" }));
});
