import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { expect, test } from "vitest";
import { buildImage, imageArchive } from "./image.ts";
import { type LayerEntry, packLayer, sha256 } from "./layer.ts";

const entries: LayerEntry[] = [
  { type: "file", path: "usr/bin/web", content: Buffer.from("program"), mode: 0o755 },
  { type: "symlink", path: "bin", target: "usr/bin" },
  { type: "directory", path: "var/data", mode: 0o700, owner: 65532 },
];

test("a layer holds its entries and their parents, the same bytes in any order", async () => {
  const layer = await packLayer(entries);
  const again = await packLayer([...entries].reverse());
  expect(again.digest).toBe(layer.digest);
  const tar = gunzipSync(layer.bytes);
  expect(sha256(tar)).toBe(layer.diffId);
  const inside = await unpackTar(new Uint8Array(tar));
  expect(inside.map((e) => [e.header.name, e.header.type, e.header.mode, e.header.uid])).toEqual([
    ["bin", "symlink", 0o777, 0],
    ["usr/", "directory", 0o755, 0],
    ["usr/bin/", "directory", 0o755, 0],
    ["usr/bin/web", "file", 0o755, 0],
    ["var/", "directory", 0o755, 0],
    ["var/data/", "directory", 0o700, 65532],
  ]);
});

test.each(["/etc/passwd", "../x", "a/../b", "a//b", ""])("a layer refuses the path %j", async (path) => {
  await expect(packLayer([{ type: "directory", path, mode: 0o755 }])).rejects.toThrow(TypeError);
});

test("an archive's index leads to the manifest, and the manifest to config and layers", async () => {
  const image = buildImage([await packLayer(entries)], {
    architecture: "amd64",
    entrypoint: ["/usr/bin/web"],
    user: "65532:65532",
  });
  const files = new Map(
    (await unpackTar(await imageArchive(image, "example.com/web:1"))).map((e) => [e.header.name, e.data]),
  );
  const read = (path: string): unknown => JSON.parse(Buffer.from(files.get(path) ?? []).toString("utf8"));
  const index = read("index.json") as { manifests: { digest: string; annotations: Record<string, string> }[] };
  expect(index.manifests[0]?.annotations["io.containerd.image.name"]).toBe("example.com/web:1");
  const manifest = read(`blobs/sha256/${index.manifests[0]?.digest.slice(7)}`) as {
    config: { digest: string };
    layers: { digest: string; size: number }[];
  };
  for (const part of [manifest.config, ...manifest.layers]) {
    const bytes = files.get(`blobs/sha256/${part.digest.slice(7)}`);
    expect(bytes && sha256(bytes)).toBe(part.digest);
  }
});
