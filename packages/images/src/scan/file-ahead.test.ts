import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createFileAhead } from "./file-ahead.ts";

/** A file of these bytes from 100 on in what lies there, which may be written to; so many of them pass already. */
function lying(bytes: Buffer, first = 0) {
  const stored = Buffer.concat([Buffer.alloc(100, 7), bytes, Buffer.alloc(50, 9)]);
  const ahead = createFileAhead(
    (into, offset) => stored.copy(into, 0, offset, offset + into.length),
    100,
    bytes.length,
    bytes.subarray(0, first),
  );
  return { ahead, stored };
}

const written = expect.objectContaining({ code: "malformed", message: expect.stringContaining("written to") });

test("reads what lies there, whatever part is asked for, and takes it as it passes in whatever pieces", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400_000 }),
      fc.array(fc.integer({ min: 1000, max: 200_000 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(500_000), fc.nat(300_000)), { maxLength: 6 }),
      fc.nat(100_000),
      (size, sizes, parts, first) => {
        const bytes = randomBytes(size);
        const { ahead } = lying(bytes, first);
        expect(ahead.body.size).toBe(size);
        for (const [from, count] of parts)
          expect(ahead.body.read(from, count).equals(bytes.subarray(from, from + count))).toBe(true);
        for (let at = 0, turn = 0; at < size; turn++) {
          const end = at + (sizes[turn % sizes.length] ?? 1);
          ahead.pass(bytes.subarray(at, end));
          at = end;
        }
      },
    ),
    { numRuns: 30 },
  );
});

test.each([0, 65_535, 65_536, 299_999])("what was read and passes otherwise is told, at byte %d", (at) => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 400_000 }), (size) => {
      const bytes = randomBytes(300_000);
      const { ahead } = lying(bytes);
      ahead.body.read(at, 1);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(() => {
        for (let from = 0; from < bytes.length; from += size) ahead.pass(bytes.subarray(from, from + size));
      }).toThrow(written);
    }),
    { numRuns: 5 },
  );
});

test("what passes already is taken from there", () => {
  const bytes = randomBytes(1000);
  const { ahead, stored } = lying(bytes, 600);
  stored.fill(0);
  expect(ahead.body.read(10, 590).equals(bytes.subarray(10, 600))).toBe(true);
  expect(ahead.body.read(10, 591).every((byte) => byte === 0)).toBe(true);
  expect(() => ahead.pass(bytes)).toThrow(written);
});

test("what is read twice and differs is told", () => {
  const { ahead, stored } = lying(randomBytes(300_000));
  ahead.body.read(10, 1);
  ahead.body.read(200_000, 1);
  stored[100 + 20] = (stored[100 + 20] ?? 0) ^ 1;
  expect(() => ahead.body.read(10, 1)).toThrow(written);
  // Nor is it there for who asks once more.
  expect(() => ahead.body.read(20, 1)).toThrow(written);
});

test("a file that is cut off is told", () => {
  const bytes = randomBytes(200_000);
  const ahead = createFileAhead(
    (into, offset) => bytes.copy(into, 0, offset, Math.min(offset + into.length, 199_999)),
    0,
    bytes.length,
    bytes.subarray(0, 4),
  );
  expect(ahead.body.read(0, 10).equals(bytes.subarray(0, 10))).toBe(true);
  expect(() => ahead.body.read(190_000, 10_000)).toThrow(expect.objectContaining({ code: "malformed" }));
});
