import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CompressionError } from "./compression-error.ts";
import { unpacked } from "./unpack.ts";

/** `seq 1 5000`, three times: what the fixtures were packed from, with xz 5.4 and lz4 1.9. */
const sequence = Array.from({ length: 15_000 }, (_, i) => `${(i % 5000) + 1}\n`).join("");
const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, "fixtures", name));
const packed: readonly (readonly [string, Buffer])[] = [
  ["xz with SHA-256", fixture("sequence-sha256.xz")],
  ["xz with CRC-32, a small dictionary and other properties", fixture("sequence-crc32.xz")],
  ["lz4", fixture("sequence.lz4")],
  ["gzip", gzipSync(sequence)],
  ["zstd", zstdCompressSync(sequence)],
  ["nothing", Buffer.from(sequence)],
];

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(bytes: Uint8Array, size = 65_536, most = 2 ** 20): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of unpacked(pieces(bytes, size), { bytes: most, dictionary: 2 ** 26 }))
    parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

describe.each(packed)("%s", (_, bytes) => {
  it("is unpacked, in whatever pieces it comes", async () => {
    for (const size of [65_536, 777, 1])
      expect((await unpack(bytes, size)) === sequence, `pieces of ${size}`).toBe(true);
  });

  it("is refused where it unpacks to too much", async () => {
    await expect(unpack(bytes, 65_536, 1000)).rejects.toBeInstanceOf(CompressionError);
  });
});

describe.each(packed.filter(([name]) => name !== "nothing"))("%s", (_, bytes) => {
  it("is refused where it is cut off, and fails by its own error where it is damaged", async () => {
    for (const part of [0.1, 0.5, 0.95])
      await expect(unpack(bytes.subarray(0, Math.floor(bytes.length * part)))).rejects.toBeInstanceOf(CompressionError);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        try {
          await unpack(damaged);
        } catch (error) {
          if (!(error instanceof CompressionError)) throw error;
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("xz", () => {
  it("notices any damage to its content", async () => {
    const bytes = fixture("sequence-sha256.xz");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 30, max: bytes.length - 80 }), async (at) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        await expect(unpack(damaged)).rejects.toBeInstanceOf(CompressionError);
      }),
      { numRuns: 40 },
    );
  });

  it("of two streams with zeros between is one content", async () => {
    const bytes = fixture("sequence-crc32.xz");
    expect((await unpack(Buffer.concat([bytes, Buffer.alloc(8), bytes]))) === sequence + sequence).toBe(true);
  });
});
