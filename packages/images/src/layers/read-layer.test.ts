import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LayerError } from "./layer-error.ts";
import { defaultLimits } from "./limits.ts";
import { readLayer } from "./read-layer.ts";
import { inPieces, tarOf } from "./tar-fixture.ts";
import type { TarSink } from "./tar-reader.ts";

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const tar = await tarOf([
  { name: "a", content: "hello" },
  { name: "b", content: "z".repeat(100_000) },
]);

function paths(): { readonly sink: TarSink; readonly seen: string[] } {
  const seen: string[] = [];
  return { seen, sink: { entry: (e) => (seen.push(e.path), false), data: () => undefined, end: () => undefined } };
}

const read = (bytes: Uint8Array, names: { digest?: string; diffId?: string } = {}, limits = {}, size = 777) => {
  const { sink, seen } = paths();
  return readLayer(inPieces(bytes, size), { what: "layer", ...names }, sink, { ...defaultLimits, ...limits }).then(
    (r) => ({ ...r, seen }),
  );
};

describe("a layer", () => {
  test.each([
    ["plain", tar],
    ["gzip", gzipSync(tar)],
    ["gzip of two members", Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])],
    ["zstd", zstdCompressSync(tar)],
  ])("%s: digests of both forms and every entry", async (_, bytes) => {
    const expected = { digest: sha256(bytes), diffId: sha256(tar) };
    expect(await read(bytes, expected)).toMatchObject({ ...expected, size: tar.length, entries: 2, seen: ["a", "b"] });
  });

  test("with another digest than it was asked for by is refused, of either form", async () => {
    const other = sha256(Buffer.from("other"));
    await expect(read(gzipSync(tar), { digest: other })).rejects.toMatchObject({ code: "digest-mismatch" });
    await expect(read(gzipSync(tar), { diffId: other })).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  test("that is broken and has another digest is told by its digest", async () => {
    const broken = Buffer.from(tar);
    broken[3] = 0x7a;
    await expect(read(broken, { diffId: sha256(tar) })).rejects.toMatchObject({ code: "digest-mismatch" });
    await expect(read(broken, { diffId: sha256(broken) })).rejects.toMatchObject({ code: "malformed" });
  });

  test.each([
    ["gzip", gzipSync(tar)],
    ["zstd", zstdCompressSync(tar)],
  ])("%s cut off is malformed and ends", async (_, bytes) => {
    await expect(read(bytes.subarray(0, bytes.length - 20))).rejects.toMatchObject({ code: "malformed" });
  });

  test("that swells is stopped: by its size, and by its ratio", async () => {
    const bomb = gzipSync(Buffer.alloc(80 << 20));
    await expect(read(bomb, {}, { layerBytes: 1 << 20 }, 1 << 16)).rejects.toMatchObject({ code: "limit" });
    await expect(read(bomb, {}, { ratio: 100 }, 1 << 16)).rejects.toMatchObject({ code: "limit" });
  });

  test("of changed compressed bytes ends, with no error but ours", async () => {
    const sound = [gzipSync(tar), zstdCompressSync(tar)];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
        async (which, changes) => {
          const bytes = Buffer.from(sound[which] ?? tar);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          await read(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(LayerError));
        },
      ),
      { numRuns: 150 },
    );
  });
});
