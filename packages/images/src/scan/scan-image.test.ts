import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type FixtureEntry, inPieces, tarOf } from "../layers/tar-fixture.ts";
import { elfWith } from "../packages/elf-fixture.ts";
import { openLayerCache } from "./layer-cache.ts";
import { imageOf } from "./scan-fixture.ts";
import { scanImage } from "./scan-image.ts";

const folder = await mkdtemp(join(tmpdir(), "bulkhead-scan-test-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const elf = Buffer.concat([Buffer.from("\x7fELF\x02\x01\x01", "latin1"), Buffer.alloc(57)]);
elf[16] = 3;
const key = [
  "-----BEGIN PRIVATE",
  " KEY-----\n",
  Buffer.from(Array.from({ length: 240 }, (_, i) => (i * 97 + 13) % 251))
    .toString("base64")
    .replace(/(.{64})/g, "$1\n"),
  "\n-----END PRIVATE",
  " KEY-----\n",
].join("");

const base: readonly FixtureEntry[] = [
  { name: "bin", type: "symlink", linkname: "usr/bin" },
  { name: "lib", type: "symlink", linkname: "usr/lib" },
  { name: "etc/os-release", type: "symlink", linkname: "../usr/lib/os-release" },
  { name: "usr/lib/os-release", content: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' },
  { name: "usr/bin/tool", content: elf, mode: 0o4755 },
  {
    name: "usr/lib/python3/dist-packages/six-1.16.0.egg-info",
    content: "Metadata-Version: 1.1\nName: six\nVersion: 1.16.0\n",
  },
  {
    name: "var/lib/dpkg/status",
    content:
      "Package: tool\nStatus: install ok installed\nArchitecture: amd64\nSource: toolbox (1.0)\nVersion: 1:1.0-2+b1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n",
  },
  {
    name: "var/lib/dpkg/info/tool.list",
    content: "/.\n/bin\n/bin/tool\n/lib/python3/dist-packages/six-1.16.0.egg-info\n",
  },
];
const application: readonly FixtureEntry[] = [
  { name: "app/node_modules/left/package.json", content: '{"name":"left","version":"1.2.3"}' },
  { name: "app/node_modules/left/native.node", content: elf },
  { name: "app/stray", content: elf, mode: 0o755 },
  { name: "app/id_rsa", content: key },
];
const cleared: readonly FixtureEntry[] = [{ name: "app/.wh.id_rsa" }];

describe("an image's scan", () => {
  test("says what is in it, whose it is, what explains it, and what a later layer only hid", async () => {
    const scan = await scanImage(await imageOf([base, application, cleared]));
    const { inventory } = scan;
    expect(inventory.distribution).toMatchObject({ id: "debian", versionId: "12" });
    expect(
      inventory.packages.map(({ ecosystem, name, version, ownedBy, source, purl }) => ({
        ecosystem,
        name,
        version,
        ownedBy,
        source,
        purl,
      })),
    ).toEqual([
      {
        ecosystem: "PyPI",
        name: "six",
        version: "1.16.0",
        ownedBy: "tool",
        source: undefined,
        purl: "pkg:pypi/six@1.16.0",
      },
      {
        ecosystem: "dpkg",
        name: "tool",
        version: "1:1.0-2+b1",
        ownedBy: undefined,
        source: { name: "toolbox", version: "1.0" },
        purl: "pkg:deb/debian/tool@1:1.0-2%2Bb1?arch=amd64&distro=debian-12&upstream=toolbox%401.0",
      },
      {
        ecosystem: "npm",
        name: "left",
        version: "1.2.3",
        ownedBy: undefined,
        source: undefined,
        purl: "pkg:npm/left@1.2.3",
      },
    ]);
    expect(inventory.coverage).toEqual({ executables: 3, explained: 2, unexplained: ["app/stray"] });
    expect(scan.secrets).toMatchObject([
      { rule: "private-key", path: "app/id_rsa", line: 1, deleted: true, layer: scan.layers[1]?.digest },
    ]);
    expect(JSON.stringify(scan)).not.toContain(key.split("\n")[1]);
    expect(scan.checks.map((c) => c.id)).toContain("setuid-files");
    expect(scan.checks.map((c) => c.id)).not.toContain("unknown-setuid");
  });

  test("rates a secret within a published package low, and what lies beside packages as it is", async () => {
    const scan = await scanImage(
      await imageOf([
        [
          { name: "app/node_modules/left/package.json", content: '{"name":"left","version":"1.2.3"}' },
          { name: "app/node_modules/left/test/key.pem", content: key },
          {
            name: "opt/bin/python3.12",
            content: elfWith({ ".rodata": Buffer.from("\u00003.12.1\u0000") }),
            mode: 0o755,
          },
          { name: "opt/lib/python3.12/test/key.pem", content: key },
          { name: "opt/lib/python3.12/lib-dynload/x.so", content: elf },
          { name: "opt/lib/python3.12/site-packages/ours/key.pem", content: key },
          { name: "opt/lib/python3.12/site-packages/ours/x.so", content: elf },
        ],
      ]),
    );
    expect(scan.secrets.map((s) => [s.path, s.severity])).toEqual([
      ["app/node_modules/left/test/key.pem", "low"],
      ["opt/lib/python3.12/test/key.pem", "low"],
      ["opt/lib/python3.12/site-packages/ours/key.pem", "critical"],
    ]);
    expect(scan.inventory.coverage.unexplained).toEqual(["opt/lib/python3.12/site-packages/ours/x.so"]);
  });

  test("reads a shared layer once, and the same image not again", async () => {
    const cache = await openLayerCache(join(folder, "shared"));
    const first = await imageOf([base, application]);
    const one = await scanImage(first, { cache });
    const second = await imageOf([base, cleared]);
    await scanImage(second, { cache });
    expect([first.opened, second.opened]).toEqual([
      [1, 1],
      [0, 1],
    ]);
    const again = await imageOf([base, application]);
    expect(await scanImage(again, { cache })).toEqual(one);
    expect(again.opened).toEqual([0, 0]);
  });

  test("believes no cached record that was changed", async () => {
    const home = join(folder, "changed");
    const cache = await openLayerCache(home);
    await scanImage(await imageOf([base]), { cache });
    for (const file of await readdir(home))
      if (file.endsWith(".json"))
        await writeFile(join(home, file), (await readFile(join(home, file), "utf8")).replaceAll("debian", "alpine"));
    const again = await imageOf([base]);
    expect((await scanImage(again, { cache })).inventory.distribution?.id).toBe("debian");
    expect(again.opened).toEqual([1]);
  });

  test("refuses a layer of another digest, cached or not", async () => {
    const image = await (await imageOf([base])).image();
    const [layer] = image.layers;
    if (layer === undefined) throw new Error("no layer");
    const wrong = {
      image: async () => ({ ...image, layers: [{ ...layer, diffId: `sha256:${"0".repeat(64)}` }] }),
      close: async () => undefined,
    };
    await expect(scanImage(wrong)).rejects.toMatchObject({ name: "LayerError", code: "digest-mismatch" });
    const cache = await openLayerCache(join(folder, "wrong"));
    await scanImage(await imageOf([base]), { cache });
    await expect(scanImage(wrong, { cache })).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  test("names what is past a bound or cannot be understood, and goes on", async () => {
    const broken: readonly FixtureEntry[] = [
      { name: "var/lib/rpm/Packages", content: "a Berkeley database" },
      { name: "app/lib.jar", content: "no archive" },
      { name: "app/node_modules/x/package.json", content: "{" },
      { name: "app/big", content: Buffer.concat([elf, Buffer.alloc(5000)]) },
    ];
    const scan = await scanImage(await imageOf([broken, application]), {
      limits: { fileOnDisk: 4000, fileInMemory: 1000 },
    });
    expect(scan.inventory.blindSpots.map(({ what, where }) => `${what} ${where}`).sort()).toEqual([
      "archive app/lib.jar",
      "package-database var/lib/rpm/Packages",
      "package-declaration app/node_modules/x/package.json",
      "too-large app/big",
    ]);
    const cut = await scanImage(await imageOf([broken, application]), { limits: { entries: 3 } });
    expect(cut.inventory.blindSpots.map((b) => b.what)).toEqual(["limit", "limit"]);
  });

  test("ends when it is told to, in the middle of a layer", async () => {
    const stop = new AbortController();
    const image = await (await imageOf([base])).image();
    const slow = {
      image: async () => ({
        ...image,
        layers: image.layers.map((layer) => ({
          ...layer,
          async *open() {
            for await (const chunk of layer.open()) {
              yield chunk;
              stop.abort(new Error("enough"));
            }
          },
        })),
      }),
      close: async () => undefined,
    };
    await expect(scanImage(slow, { signal: stop.signal })).rejects.toThrow("enough");
  });

  test("keeps no more of an image than it may, and says what it left out", async () => {
    const links = Array.from(
      { length: 50 },
      (_, i): FixtureEntry => ({ name: `l${i}`, type: "symlink", linkname: "x".repeat(90) }),
    );
    const one = await scanImage(await imageOf([links]), { limits: { keptBytes: 2000 } });
    expect(one.inventory.blindSpots).toMatchObject([{ what: "limit", why: expect.stringContaining("symlinks") }]);
    const many = await scanImage(await imageOf([links.slice(0, 10), links.slice(10, 20), application]), {
      limits: { keptBytes: 5000 },
    });
    expect(many.inventory.blindSpots.map((b) => b.what)).toContain("limit");
    expect(many.size).toBeGreaterThan(0);
  });

  test("reads no text past what such a file has", async () => {
    const status = Buffer.concat([Buffer.from("Package: a\nVersion: 1\n\n"), Buffer.alloc(33 << 20, "x")]);
    const scan = await scanImage(await imageOf([[{ name: "var/lib/dpkg/status", content: status }]]));
    expect(scan.inventory.blindSpots).toContainEqual(
      expect.objectContaining({ what: "too-large", where: "var/lib/dpkg/status" }),
    );
  });

  test("forgets a blind spot with the file that was one", async () => {
    const scan = await scanImage(await imageOf([[{ name: "a/x.jar", content: "no" }], [{ name: "a/.wh.x.jar" }]]));
    expect(scan.inventory.blindSpots).toEqual([]);
  });

  test("finds a declaration whose bytes a hard link shares with another name", async () => {
    const linked: readonly FixtureEntry[] = [
      { name: "store/ab/cdef", content: '{"name":"shared","version":"2.0.0"}' },
      { name: "app/node_modules/shared/package.json", type: "link", linkname: "store/ab/cdef" },
    ];
    const scan = await scanImage(await imageOf([linked]));
    expect(scan.inventory.packages).toMatchObject([
      { name: "shared", version: "2.0.0", paths: ["app/node_modules/shared/package.json"] },
    ]);
  });

  test("hides a secret of the configuration, and says that there is one", async () => {
    const value = `${"gl"}pat-${"Zx81kQp04LmVb72TyWcd"}`;
    const scan = await scanImage(
      await imageOf([base], {
        Env: [`DEPLOY=${value}`, "DB_PASSWORD=hunter22x", "PATH=/usr/bin"],
        Cmd: ["run", `NPM_TOKEN=hunter23y`],
        Labels: { "deploy.token": "hunter24z", version: "1" },
      }),
    );
    expect(scan.checks).toContainEqual(expect.objectContaining({ id: "secret-in-environment" }));
    for (const secret of [value, "hunter22x", "hunter23y", "hunter24z"])
      expect(JSON.stringify(scan)).not.toContain(secret);
    expect(scan.config.labels["version"]).toBe("1");
    expect(scan.config.env).toContain("PATH=/usr/bin");
  });

  test("sees a large program whole, through a file on the disk", async () => {
    const info = await readFile(new URL("../packages/fixtures/go-build-info.bin", import.meta.url));
    const large = elfWith({ ".go.buildinfo": info }, 300_000);
    const scan = await scanImage(await imageOf([[{ name: "app/server", content: large, mode: 0o755 }]]), {
      limits: { fileInMemory: 50_000 },
    });
    expect(scan.inventory.packages.map((p) => p.name)).toEqual(["stdlib", "example.com/hello"]);
    expect(scan.inventory.coverage).toEqual({ executables: 1, explained: 1 });
  });

  test("sees a large program whole where its layer lies in a file, and tells of one that is written to meanwhile", async () => {
    const info = await readFile(new URL("../packages/fixtures/go-build-info.bin", import.meta.url));
    const large = elfWith({ ".go.buildinfo": info }, 300_000);
    const tar = await tarOf([{ name: "app/server", content: large, mode: 0o755 }]);
    const image = await (await imageOf([[{ name: "app/server", content: large, mode: 0o755 }]])).image();
    const scanned = (stored: Buffer) =>
      scanImage(
        {
          image: async () => ({
            ...image,
            layers: image.layers.map((layer) => ({
              ...layer,
              open: () => ({
                [Symbol.asyncIterator]: () => inPieces(tar, 4096)[Symbol.asyncIterator](),
                again: (into: Uint8Array, offset: number) => stored.copy(into, 0, offset, offset + into.length),
              }),
            })),
          }),
          close: async () => undefined,
        },
        { limits: { fileInMemory: 50_000 } },
      );
    const scan = await scanned(tar);
    expect(scan.inventory.packages.map((p) => p.name)).toEqual(["stdlib", "example.com/hello"]);
    const other = Buffer.from(tar);
    other.write("other.com/hello", other.indexOf("example.com/hello"), "latin1");
    const told = await scanned(other);
    expect(told.inventory.packages).toEqual([]);
    expect(told.inventory.blindSpots).toContainEqual(
      expect.objectContaining({ what: "layer", why: expect.stringContaining("written to while it was read") }),
    );
  });
});
