import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { buildImage, imageArchive } from "../build/image.ts";
import { packLayer } from "../build/layer.ts";
import { type FixtureEntry, tarOf } from "../layers/tar-fixture.ts";
import { scanImage } from "../scan/scan-image.ts";
import { parseImageConfig } from "./image-config.ts";
import type { ImageSource } from "./image-source.ts";
import { choosePlatform, type Descriptor } from "./manifest-image.ts";
import { openContainerdStore, openLayoutFolder } from "./oci-layout.ts";
import { openPlainFolder } from "./plain-folder.ts";
import { SourceError } from "./source-error.ts";
import { openTarArchive } from "./tar-archive.ts";

const folder = await mkdtemp(join(tmpdir(), "bulkhead-archives-test-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array | string): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const files = async (name: string) =>
  packLayer([
    { type: "file", path: "etc/os-release", content: Buffer.from(`ID=${name}\nVERSION_ID=1\n`), mode: 0o644 },
    {
      type: "file",
      path: `node_modules/${name}/package.json`,
      content: Buffer.from(`{"name":"${name}","version":"1.0.0"}`),
      mode: 0o644,
    },
  ]);
const settings = { architecture: "amd64", entrypoint: ["/x"], user: "65532" } as const;
const image = buildImage([await files("base"), await files("top")], settings);
const amd64 = { os: "linux", architecture: "amd64" };

/** Names of the packages that a source's image holds. */
async function packagesOf(source: ImageSource, platform = amd64): Promise<string[]> {
  try {
    return (await scanImage(source, { platform })).inventory.packages.map((p) => p.name);
  } finally {
    await source.close();
  }
}

async function archive(
  name: string,
  entries: readonly FixtureEntry[],
  compress = (b: Buffer): Buffer => b,
): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, compress(await tarOf(entries)));
  return path;
}

async function layout(name: string, index: object, blobs: readonly Uint8Array[]): Promise<string> {
  const home = join(folder, name);
  await mkdir(join(home, "blobs", "sha256"), { recursive: true });
  await writeFile(join(home, "index.json"), JSON.stringify(index));
  for (const blob of blobs) await writeFile(join(home, "blobs", "sha256", sha256(blob).slice(7)), blob);
  return home;
}

const described = (blob: { mediaType: string; digest: string; bytes: Uint8Array }, more: object = {}): object => ({
  mediaType: blob.mediaType,
  digest: blob.digest,
  size: blob.bytes.length,
  ...more,
});
const allBlobs = [image.manifest, ...image.blobs].map((b) => b.bytes);

describe("an image is read alike", () => {
  test("from an OCI layout in a tar, compressed or not", async () => {
    const bytes = await imageArchive(image, "registry.example.com/shop/web:1");
    await writeFile(join(folder, "oci.tar"), bytes);
    await writeFile(join(folder, "oci.tar.gz"), gzipSync(bytes));
    for (const name of ["oci.tar", "oci.tar.gz"]) {
      const source = await openTarArchive(join(folder, name));
      expect((await source.image(amd64)).digest).toBe(image.manifest.digest);
      expect(await packagesOf(source)).toEqual(["base", "top"]);
    }
  });

  test("from a layout's folder and containerd's store, by name and by digest", async () => {
    const home = await layout(
      "layout",
      { manifests: [described(image.manifest, { annotations: { "org.opencontainers.image.ref.name": "1" } })] },
      allBlobs,
    );
    expect(await packagesOf(openLayoutFolder(home))).toEqual(["base", "top"]);
    expect(await packagesOf(openLayoutFolder(home, "1"))).toEqual(["base", "top"]);
    expect(await packagesOf(openContainerdStore(join(home, "blobs"), image.manifest.digest))).toEqual(["base", "top"]);
    await expect(openLayoutFolder(home, "2").image(amd64)).rejects.toMatchObject({ code: "absent" });
  });

  test("from docker save's older form, layers linked to one another among them", async () => {
    const layer = await tarOf([{ name: "node_modules/one/package.json", content: '{"name":"one","version":"1"}' }]);
    const config = JSON.stringify({
      os: "linux",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: [sha256(layer), sha256(layer)] },
    });
    const path = await archive("docker.tar", [
      { name: "abc/layer.tar", content: layer },
      { name: "def/layer.tar", type: "symlink", linkname: "../abc/layer.tar" },
      { name: "config.json", content: config },
      {
        name: "manifest.json",
        content: JSON.stringify([
          { Config: "config.json", RepoTags: ["web:1"], Layers: ["abc/layer.tar", "def/layer.tar"] },
        ]),
      },
    ]);
    const source = await openTarArchive(path, "web:1");
    expect(await source.image()).toMatchObject({ name: "web:1", configDigest: sha256(config) });
    expect(await packagesOf(source)).toEqual(["one"]);
  });
});

test("a plain folder is scanned as a file system, with nothing said of a configuration", async () => {
  const home = join(folder, "plain");
  const deep = `${"d".repeat(120)}/node_modules/näme`;
  await mkdir(join(home, deep), { recursive: true });
  await writeFile(join(home, deep, "package.json"), '{"name":"deep","version":"1.0.0"}');
  await writeFile(join(home, "big"), Buffer.alloc(3 << 20, 1));
  await symlink("/etc", join(home, "out"));
  const scan = await scanImage(openPlainFolder(home));
  expect(scan.inventory.packages).toMatchObject([{ name: "deep", paths: [`${deep}/package.json`] }]);
  expect([scan.checks, scan.inventory.blindSpots]).toEqual([[], []]);
  await expect(scanImage(openPlainFolder(join(home, "absent")))).rejects.toMatchObject({ code: "absent" });
});

describe("a platform", () => {
  const of = (architecture: string, os = "linux"): Descriptor => ({
    mediaType: "",
    digest: sha256(architecture),
    platform: { os, architecture },
  });
  test("is chosen among those offered; attestations are none", () => {
    expect(choosePlatform([of("unknown", "unknown"), of("arm64"), of("amd64")], amd64, "x").digest).toBe(
      sha256("amd64"),
    );
    expect(() => choosePlatform([of("unknown", "unknown"), of("arm64")], amd64, "x")).toThrow(
      expect.objectContaining({ code: "absent", message: expect.stringContaining("linux/arm64") }),
    );
  });

  test("leads through an index to its image", async () => {
    const other = buildImage([await files("arm")], { ...settings, architecture: "arm64" });
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [
          described(image.manifest, { platform: amd64 }),
          described(other.manifest, { platform: { os: "linux", architecture: "arm64" } }),
        ],
      }),
    );
    const home = await layout(
      "multi",
      {
        manifests: [
          { mediaType: "application/vnd.oci.image.index.v1+json", digest: sha256(index), size: index.length },
        ],
      },
      [index, ...allBlobs, other.manifest.bytes, ...other.blobs.map((b) => b.bytes)],
    );
    expect(await packagesOf(openLayoutFolder(home))).toEqual(["base", "top"]);
    expect(await packagesOf(openLayoutFolder(home), { os: "linux", architecture: "arm64" })).toEqual(["arm"]);
  });
});

describe("what is not what it says", () => {
  test("a manifest with other bytes than its digest", async () => {
    const home = await layout("forged", { manifests: [described(image.manifest)] }, allBlobs);
    await writeFile(
      join(home, "blobs", "sha256", image.manifest.digest.slice(7)),
      `${Buffer.from(image.manifest.bytes).toString()} `,
    );
    await expect(openLayoutFolder(home).image(amd64)).rejects.toMatchObject({
      name: "SourceError",
      code: "digest-mismatch",
    });
  });

  test("a layer with other bytes than its digest", async () => {
    const home = await layout("swapped", { manifests: [described(image.manifest)] }, allBlobs);
    const [, first, second] = image.blobs;
    await writeFile(join(home, "blobs", "sha256", (first?.digest ?? "").slice(7)), second?.bytes ?? "");
    await expect(packagesOf(openLayoutFolder(home))).rejects.toMatchObject({
      name: "LayerError",
      code: "digest-mismatch",
    });
  });

  test("a manifest that is an index too, or says it is one (CVE-2021-41190)", async () => {
    for (const extra of [{ manifests: [] }, { mediaType: "application/vnd.oci.image.index.v1+json" }]) {
      const both = Buffer.from(
        JSON.stringify({ ...(JSON.parse(Buffer.from(image.manifest.bytes).toString()) as object), ...extra }),
      );
      const home = await layout(
        `both-${Object.keys(extra)[0]}`,
        { manifests: [{ mediaType: "", digest: sha256(both), size: both.length }] },
        [both, ...allBlobs],
      );
      await expect(openLayoutFolder(home).image(amd64)).rejects.toMatchObject({ code: "malformed" });
    }
  });

  test("fewer layers than the configuration knows", async () => {
    const manifest = JSON.parse(Buffer.from(image.manifest.bytes).toString()) as { layers: object[] };
    const short = Buffer.from(JSON.stringify({ ...manifest, layers: manifest.layers.slice(1) }));
    const home = await layout("short", { manifests: [{ mediaType: "", digest: sha256(short), size: short.length }] }, [
      short,
      ...allBlobs,
    ]);
    await expect(openLayoutFolder(home).image(amd64)).rejects.toMatchObject({ code: "malformed" });
  });

  test("an index in a circle ends", async () => {
    // Its own digest cannot be in it; four of them within one another are as many as are followed.
    let inner = Buffer.from(JSON.stringify({ manifests: [described(image.manifest, { platform: amd64 })] }));
    const blobs = [inner];
    for (let i = 0; i < 5; i++) {
      inner = Buffer.from(
        JSON.stringify({ manifests: [{ mediaType: "", digest: sha256(inner), size: inner.length, platform: amd64 }] }),
      );
      blobs.push(inner);
    }
    const home = await layout("deep", { manifests: [{ mediaType: "", digest: sha256(inner), size: 1 }] }, [
      ...blobs,
      ...allBlobs,
    ]);
    await expect(openLayoutFolder(home).image(amd64)).rejects.toMatchObject({ code: "limit" });
  });

  test("any archive ends in an image or a SourceError", async () => {
    const bytes = Buffer.from(await imageArchive(image, "a:1"));
    const path = join(folder, "fuzz.tar");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), async (changes) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at % 4096] = value;
        await writeFile(path, copy);
        try {
          const source = await openTarArchive(path);
          try {
            await source.image(amd64);
          } finally {
            await source.close();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SourceError);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("any configuration is parsed to bounded texts, or refused", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (config, history) => {
        try {
          parseImageConfig(Buffer.from(JSON.stringify({ config, history, rootfs: { diff_ids: [] } })), "x");
        } catch (error) {
          expect(error).toBeInstanceOf(SourceError);
        }
      }),
    );
    expect(() => parseImageConfig(Buffer.from('{"rootfs":{"diff_ids":["sha512:1"]}}'), "x")).toThrow(SourceError);
  });
});
