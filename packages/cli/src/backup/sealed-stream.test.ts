import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { opened, pieceBytes, sealed } from "./sealed-stream.ts";

const key = Buffer.alloc(32, 7);
const sealedPiece = pieceBytes + 16;

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
const seal = (bytes: Uint8Array, size = 1 << 20): Promise<Buffer> => all(sealed(key, inParts(bytes, size)));
const open = (bytes: Uint8Array, size = 1 << 20): Promise<Buffer> => all(opened(key, inParts(bytes, size)));

test("comes back as it was, whatever parts it goes and comes in", async () => {
  const lengths = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.constantFrom(pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 * pieceBytes, 2 * pieceBytes + 5),
  );
  const parts = fc.integer({ min: 1, max: 3 }).map((n) => n * 30_011);
  await fc.assert(
    fc.asyncProperty(lengths, parts, parts, async (length, into, from) => {
      const bytes = randomBytes(length);
      const whole = await seal(bytes, into);
      expect(whole.length).toBe(length + 16 * Math.max(1, Math.ceil(length / pieceBytes)));
      expect((await open(whole, from)).equals(bytes)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

const three = await seal(randomBytes(2 * pieceBytes + 100));
const piece = (n: number): Buffer => three.subarray(n * sealedPiece, (n + 1) * sealedPiece);

test.each<readonly [string, Buffer]>([
  ["cut off between pieces", Buffer.concat([piece(0), piece(1)])],
  ["cut off within one", three.subarray(0, -1)],
  ["cut off to nothing", Buffer.alloc(0)],
  ["longer by a byte", Buffer.concat([three, Buffer.from([0])])],
  ["with its last piece again", Buffer.concat([three, piece(2)])],
  ["with pieces exchanged", Buffer.concat([piece(1), piece(0), piece(2)])],
  ["with one left out", Buffer.concat([piece(0), piece(2)])],
  ["with one twice", Buffer.concat([piece(0), piece(0), piece(1), piece(2)])],
])("a stream that is %s does not open", async (_, bytes) => {
  await expect(open(bytes)).rejects.toMatchObject({ code: "altered" });
});

test("nothing opens under another key", async () => {
  const other = opened(Buffer.alloc(32, 8), inParts(three, 1 << 20));
  await expect(all(other)).rejects.toMatchObject({ code: "altered" });
});
