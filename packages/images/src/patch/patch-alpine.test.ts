import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { packTar, unpackTar } from "modern-tar";
import { describe, expect, test } from "vitest";
import type { SourceImage } from "../archives/image-source.ts";
import { type BlobStore, imageFromManifest } from "../archives/manifest-image.ts";
import { buildImage } from "../build/image.ts";
import { type LayerEntry, packLayer } from "../build/layer.ts";
import { CompressionError } from "../compression/compression-error.ts";
import { LayerError } from "../layers/layer-error.ts";
import { parseApkInstalled } from "../packages/apk.ts";
import { bodyOf } from "../packages/file-body.ts";
import { readApk } from "./apk-file.ts";
import { type ApkEntry, apkSigner, type MadeApk, makeApk, makeIndex } from "./apk-fixture.ts";
import { parseApkDependencies } from "./apk-relations.ts";
import { readApkKeys } from "./apk-signature.ts";
import { apkFields, apkPackageOf } from "./apk-stanza.ts";
import { firstMember } from "./gzip-member.ts";
import { PatchError } from "./patch-error.ts";
import { patchImage } from "./patch-image.ts";
import { within } from "./relations.ts";
import { defaultRepositories } from "./repositories.ts";

const key = apkSigner("test-1.rsa.pub");
const other = apkSigner("test-2.rsa.pub");
const q1 = (text: string): string => `Q1${createHash("sha1").update(text).digest("base64")}`;
const file = (path: string, text: string | Uint8Array, mode = 0o644): LayerEntry => ({
  type: "file",
  path,
  content: Buffer.from(text),
  mode,
});
const oldSum = q1("the package web 1.0-r0");
const musl = ["C:Q1bXVzbG11c2xtdXNsbXVzbG11czE=", "P:musl", "V:1.2.5-r0", "A:x86_64", "p:so:libc.musl-x86_64.so.1=1"];

interface Installed {
  /** Lines of web's entry before its files. */
  readonly fields?: readonly string[];
  /** What the database lists of it: path to what it was; a folder ends in `/`. */
  readonly files: Readonly<Record<string, string>>;
  /** What lies in the image where that is something else, `undefined` where it is gone. */
  readonly is?: Readonly<Record<string, string | undefined>>;
  readonly more?: readonly LayerEntry[];
  readonly others?: readonly string[];
}

/** An image in which apk installed `web 1.0-r0`. */
function installed({ fields = [], files, is = {}, more = [], others = [] }: Installed): LayerEntry[] {
  const folders = [...new Set(Object.keys(files).map((path) => path.slice(0, path.lastIndexOf("/"))))];
  const listed = folders.flatMap((folder) => [
    `F:${folder}`,
    ...Object.entries(files).flatMap(([path, text]) =>
      path.slice(0, path.lastIndexOf("/")) !== folder || path.endsWith("/")
        ? []
        : [`R:${path.slice(folder.length + 1)}`, `Z:${q1(text.replace(/^-> /, ""))}`],
    ),
  ]);
  const web = [`C:${oldSum}`, "P:web", "V:1.0-r0", "A:x86_64", "T:web", ...fields, ...listed];
  const texts = [musl.join("\n"), web.join("\n"), ...others];
  return [
    ...Object.entries({ ...files, ...is }).flatMap(([path, text]): LayerEntry[] => {
      if (text === undefined || path.endsWith("/")) return [];
      return text.startsWith("-> ") ? [{ type: "symlink", path, target: text.slice(3) }] : [file(path, text)];
    }),
    file("lib/apk/db/installed", texts.map((text) => `${text}\n\n`).join("")),
    file("etc/apk/world", "musl\nweb\n"),
    file("etc/apk/keys/test-1.rsa.pub", key.publicKey),
    file("etc/apk/repositories", "https://elsewhere.example/alpine/v3.22/main\n"),
    ...more,
  ];
}

async function imageOf(entries: readonly LayerEntry[]): Promise<SourceImage> {
  const layer = await packLayer([...entries, file("etc/os-release", "ID=alpine\nVERSION_ID=3.22.1\n")]);
  const { manifest, blobs } = buildImage([layer], { architecture: "amd64", entrypoint: ["/web"], user: "1" });
  const all = new Map([manifest, ...blobs].map((blob) => [blob.digest, blob.bytes]));
  const store: BlobStore = {
    read: async (digest) => all.get(digest) ?? Buffer.alloc(0),
    open: async function* (digest) {
      yield all.get(digest) ?? Buffer.alloc(0);
    },
  };
  return imageFromManifest(store, { mediaType: "", digest: manifest.digest }, "test/web", {
    os: "linux",
    architecture: "amd64",
  });
}

const mirror = "http://mirror/v3.22/main/x86_64";
const served = async (packages: readonly MadeApk[]): Promise<Map<string, Buffer>> => {
  const made = await Promise.all(packages.map((one) => makeApk(one, key)));
  return new Map([
    [
      `${mirror}/APKINDEX.tar.gz`,
      await makeIndex(
        made.map(({ stanza }) => stanza),
        key,
      ),
    ],
    ...made.map(({ file: name, bytes }) => [`${mirror}/${name}`, bytes] as const),
  ]);
};

async function patched(base: readonly LayerEntry[], files: ReadonlyMap<string, Buffer>) {
  const asked: string[] = [];
  const result = await patchImage({
    image: await imageOf(base),
    wanted: [{ id: "CVE-1", severity: "high", source: "web", fixedVersion: "1.0-r1" }],
    repositories: defaultRepositories
      .filter(({ distribution }) => distribution === "alpine")
      .map((one) => ({ ...one, url: "http://mirror", keys: [] })),
    fetch: async (url) => {
      asked.push(url);
      const found = files.get(url);
      if (found === undefined) throw new PatchError("absent", `${url}: not there`);
      return found;
    },
    now: Date.now(),
  });
  const entries = result.layer === undefined ? [] : await unpackTar(result.layer);
  const text = (name: string): string =>
    Buffer.from(entries.find(({ header }) => header.name === name)?.data ?? []).toString();
  return {
    ...result,
    asked,
    text,
    headers: new Map(entries.map(({ header }) => [header.name, header])),
    files: Object.fromEntries(
      entries
        .filter(({ header }) => header.type !== "directory" && !header.name.startsWith("lib/apk/db/"))
        .map(({ header, data }) => [
          header.name,
          header.linkname === undefined || header.linkname === ""
            ? Buffer.from(data ?? []).toString()
            : `-> ${header.linkname}`,
        ]),
    ),
  };
}

const web = (entries: readonly ApkEntry[], more: Partial<MadeApk> = {}): MadeApk => ({
  name: "web",
  version: "1.0-r1",
  entries,
  ...more,
});

describe("an image with apk", () => {
  const base = installed({
    files: {
      "usr/bin/web": "old",
      "usr/lib/web.so": "-> web.so.1",
      "usr/lib/web.so.1": "lib",
      "usr/share/web/old/gone": "gone",
    },
    fields: ["D:so:libc.musl-x86_64.so.1"],
  });
  const next = web(
    [
      { path: "usr" },
      { path: "usr/bin" },
      { path: "usr/bin/web", text: "new", mode: 0o4755, uid: 8 },
      { path: "usr/bin/web-also", link: "usr/bin/web", mode: 0o4755, uid: 8 },
      { path: "usr/lib" },
      { path: "usr/lib/web.so", target: "web.so.2" },
      { path: "usr/lib/web.so.2", text: "lib2" },
      { path: "var" },
      { path: "var/web", mode: 0o1777 },
    ],
    {
      fields: ["o:web", "t:1700000000", "D:so:libc.musl-x86_64.so.1", "p:cmd:web=1.0-r1"],
      info: ["replaces = old-web"],
    },
  );

  test("gets the new files, loses the old ones, and its database says so as apk writes it", async () => {
    const { files, text, headers, upgrades, refused, asked, base: is } = await patched(base, await served([next]));
    expect([refused, is]).toEqual([[], "alpine v3.22"]);
    expect(upgrades).toMatchObject([
      { name: "web", from: "1.0-r0", to: "1.0-r1", origin: "v3.22/main", fixes: [{ id: "CVE-1", severity: "high" }] },
    ]);
    // Where from is the configuration's to say; which of its repositories, the image's.
    expect(asked).toEqual([`${mirror}/APKINDEX.tar.gz`, `${mirror}/web-1.0-r1.apk`]);
    expect(files).toEqual({
      "usr/bin/web": "new",
      "usr/bin/web-also": "-> usr/bin/web",
      "usr/lib/web.so": "-> web.so.2",
      "usr/lib/.wh.web.so.1": "",
      "usr/lib/web.so.2": "lib2",
      "usr/share/web/.wh.old": "",
    });
    expect(headers.get("usr/bin/web")).toMatchObject({ mode: 0o4755, uid: 8 });
    expect(headers.get("var/web/")).toMatchObject({ mode: 0o1777 });
    const [first, second] = text("lib/apk/db/installed").split("\n\n");
    expect(first).toBe(musl.join("\n"));
    const { stanza } = await makeApk(next, key);
    expect(second).toBe(
      [
        stanza,
        "r:old-web",
        "F:usr",
        "F:usr/bin",
        "R:web",
        "a:8:0:4755",
        `Z:${q1("new")}`,
        "R:web-also",
        "a:8:0:4755",
        `Z:${q1("new")}`,
        "F:usr/lib",
        "R:web.so",
        "a:0:0:777",
        `Z:${q1("web.so.2")}`,
        "R:web.so.2",
        `Z:${q1("lib2")}`,
        "F:var",
        "F:var/web",
        "M:0:0:1777",
      ].join("\n"),
    );
    const read = parseApkInstalled(bodyOf(Buffer.from(text("lib/apk/db/installed"))));
    expect(read.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(["musl 1.2.5-r0", "web 1.0-r1"]);
  });

  test("gives the same bytes again", async () => {
    const files = await served([next]);
    const [a, b] = await Promise.all([patched(base, files), patched(base, files)]);
    expect(Buffer.from(a.layer ?? []).equals(Buffer.from(b.layer ?? [1]))).toBe(true);
  });

  test("keeps what was changed in etc and lays the package's own beside it; what was taken away stays away", async () => {
    const etc = { "etc/mine": "default", "etc/theirs": "same", "etc/both": "one", "usr/share/web/doc": "d" };
    const { files, notes } = await patched(
      installed({ files: etc, is: { "etc/mine": "changed", "etc/both": "two", "usr/share/web/doc": undefined } }),
      await served([
        web([
          { path: "etc/mine", text: "new" },
          { path: "etc/theirs", text: "new" },
          { path: "etc/both", text: "two" },
          { path: "usr/share/web/doc", text: "d2" },
        ]),
      ]),
    );
    expect(files).toEqual({ "etc/mine.apk-new": "new", "etc/theirs": "new" });
    expect(notes).toEqual([expect.stringContaining("/etc/mine was changed in the image and stays as it is")]);
  });

  test("what its new version needs comes along", async () => {
    const others = [["C:Q1bGliAAAAAAAAAAAAAAAAAAAAAAA=", "P:lib", "V:1-r0", "A:x86_64", "p:so:lib.so.1=1"].join("\n")];
    const { upgrades } = await patched(
      installed({ files: {}, fields: ["D:so:lib.so.1"], others }),
      await served([
        web([{ path: "usr/bin/web", text: "x" }], { fields: ["D:so:lib.so.2>=2"] }),
        { name: "lib", version: "2-r0", fields: ["p:so:lib.so.2=2 so:lib.so.1=1"], entries: [] },
      ]),
    );
    expect(upgrades).toHaveLength(0);
    const both = await patched(
      installed({ files: {}, fields: ["D:lib"], others }),
      await served([
        web([{ path: "usr/bin/web", text: "x" }], { fields: ["D:lib~2"] }),
        { name: "lib", version: "2-r0", fields: ["p:so:lib.so.1=1"], entries: [] },
      ]),
    );
    expect(both.upgrades.map(({ name, neededBy }) => [name, neededBy])).toEqual([
      ["lib", "web"],
      ["web", undefined],
    ]);
  });

  test.each([
    ["scripts.tar", (bytes: Uint8Array) => bytes],
    ["scripts.tar.gz", (bytes: Uint8Array) => gzipSync(bytes)],
  ])(
    "scripts that ran already are kept under the new version's name, what it is woken by too: %s",
    async (name, pack) => {
      const script = "#!/bin/sh\nadduser web\n";
      const archive = async (entries: Readonly<Record<string, string>>): Promise<Uint8Array> =>
        packTar(
          Object.entries(entries).map(([name, body]) => ({
            header: { name, type: "file" as const, size: body.length, mode: 0o755, mtime: new Date(0) },
            body,
          })),
        );
      const more = [
        file(
          `lib/apk/db/${name}`,
          pack(await archive({ [`web-1.0-r0.${oldSum}.post-install`]: script, [`musl-1.${q1("musl")}.trigger`]: "m" })),
        ),
        file("lib/apk/db/triggers", `${oldSum} /usr/share/web\n${musl[0]?.slice(2)} /usr/*\n`),
      ];
      const scripts = { "post-install": script, "post-upgrade": `# the same\n${script}` };
      const made = web([{ path: "usr/bin/web", text: "x" }], { scripts, info: ["triggers = /usr/share/web /usr/web"] });
      const { text, notes, layer } = await patched(installed({ files: {}, more }), await served([made]));
      const sum = (await makeApk(made, key)).stanza.slice(2).split("\n")[0] ?? "";
      expect(text("lib/apk/db/triggers")).toBe(`${sum} /usr/share/web /usr/web\n${musl[0]?.slice(2)} /usr/*\n`);
      const kept = (await unpackTar(layer ?? Buffer.alloc(0))).find(({ header }) => header.name.endsWith(`/${name}`));
      const bytes = Buffer.from(kept?.data ?? []);
      expect(
        (await unpackTar(name.endsWith(".gz") ? gunzipSync(bytes) : bytes)).map(({ header }) => header.name),
      ).toEqual([`musl-1.${q1("musl")}.trigger`, `web-1.0-r1.${sum}.post-install`, `web-1.0-r1.${sum}.post-upgrade`]);
      expect(notes).toEqual([expect.stringContaining("musl is not told")]);
    },
  );

  test.each<[string, LayerEntry[], MadeApk, RegExp]>([
    [
      "has an upgrade script that would have to run",
      installed({ files: {} }),
      web([], { scripts: { "post-upgrade": "adduser web\n" } }),
      /post-upgrade is new/,
    ],
    [
      "has a trigger that would have to run",
      installed({ files: {} }),
      web([], { scripts: { trigger: "rebuild\n" }, info: ["triggers = /usr/lib"] }),
      /trigger is new/,
    ],
    [
      "has a file of a user that the image may not have",
      installed({ files: {} }),
      web([{ path: "usr/bin/web", text: "x", uid: 1000 }]),
      /belongs to a user/,
    ],
    [
      "brings a file of another package",
      installed({ files: {}, others: ["C:Q1b3RoZXI=\nP:other\nV:1\nA:x86_64\nF:usr/bin\nR:web"] }),
      web([{ path: "usr/bin/web", text: "x" }]),
      /belongs to other in the image/,
    ],
    ["needs what is not there", installed({ files: {} }), web([], { fields: ["D:so:new.so.1"] }), /needs so:new.so.1/],
    ["comes from a tagged repository", installed({ files: {}, fields: ["s:edge"] }), web([]), /@edge/],
    ["is older there", installed({ files: {} }), web([], { version: "0.9-r0" }), /no newer/],
  ])("a package that %s stays, with its reason", async (_, image, made, reason) => {
    const { upgrades, layer, refused } = await patched(image, await served([made]));
    expect([upgrades, layer]).toEqual([[], undefined]);
    expect(refused).toMatchObject([
      { package: "web", version: "1.0-r0", fixes: ["CVE-1"], reason: expect.stringMatching(reason) },
    ]);
  });

  test("a version that etc/apk/world asks for stays", async () => {
    const world = installed({ files: {} }).filter(({ path }) => path !== "etc/apk/world");
    const { refused } = await patched([...world, file("etc/apk/world", "web=1.0-r0\n")], await served([web([])]));
    expect(refused).toMatchObject([{ reason: "etc/apk/world in the image needs web (= 1.0-r0)" }]);
  });
});

describe("what no key of the image's has signed", () => {
  const base = installed({ files: {} });
  const made = web([{ path: "usr/bin/web", text: "x" }]);
  const index = `${mirror}/APKINDEX.tar.gz`;
  const place = `${mirror}/web-1.0-r1.apk`;
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };

  test.each<[string, (files: Map<string, Buffer>) => Promise<void> | void]>([
    [
      "an index with a byte changed",
      (f) => void f.set(index, flipped(f.get(index) ?? Buffer.alloc(0), -20 + (f.get(index)?.length ?? 0))),
    ],
    [
      "an index of another's key",
      async (f) => void f.set(index, await makeIndex([(await makeApk(made, key)).stanza], other)),
    ],
    [
      "an index of another key that has the name of ours",
      async (f) => void f.set(index, await makeIndex([(await makeApk(made, key)).stanza], apkSigner(key.name))),
    ],
    [
      "an index without a signature",
      async (f) => {
        const whole = await makeIndex([(await makeApk(made, key)).stanza], key);
        f.set(index, firstMember(whole, 1 << 20, index).rest);
      },
    ],
    [
      "a package with a byte of its files changed",
      (f) => void f.set(place, flipped(f.get(place) ?? Buffer.alloc(0), -12 + (f.get(place)?.length ?? 0))),
    ],
    ["a package that another key has signed", async (f) => void f.set(place, (await makeApk(made, other)).bytes)],
    [
      "another package under its name, signed by the same key",
      async (f) =>
        void f.set(place, (await makeApk({ ...made, entries: [{ path: "usr/bin/web", text: "y" }] }, key)).bytes),
    ],
    [
      "a package with more behind it",
      (f) => void f.set(place, Buffer.concat([f.get(place) ?? Buffer.alloc(0), Buffer.from("more")])),
    ],
  ])("%s is not taken", async (_, change) => {
    const files = await served([made]);
    await expect(patched(base, files)).resolves.toMatchObject({ upgrades: [{ name: "web" }] });
    await change(files);
    await expect(patched(base, files)).rejects.toMatchObject({
      name: "PatchError",
      code: expect.stringMatching(/^(unverified|malformed)$/),
    });
  });

  test("a key that is too short vouches for nothing", () => {
    const short = apkSigner("short.rsa.pub", 1024);
    const keys = readApkKeys([
      { name: short.name, bytes: Buffer.from(short.publicKey) },
      { name: "no.rsa.pub", bytes: Buffer.from("no key") },
      { name: key.name, bytes: Buffer.from(key.publicKey) },
    ]);
    expect([...keys.keys()]).toEqual([key.name]);
  });

  test("SHA-256 counts too, of signatures and of checksums", async () => {
    const { bytes, stanza, file: name } = await makeApk(made, key, { kind: "RSA256", sum: "sha256" });
    const files = new Map([
      [index, await makeIndex([stanza], key, "RSA256")],
      [`${mirror}/${name}`, bytes],
    ]);
    expect((await patched(base, files)).upgrades).toHaveLength(1);
  });
});

test("whatever a package's bytes are, it is the package that was signed or one of our errors", async () => {
  const { bytes, stanza } = await makeApk(web([{ path: "usr/bin/web", text: "x" }]), key);
  const one = apkPackageOf(apkFields(stanza.split("\n")));
  if (one === undefined) throw new Error("no package");
  const keys = readApkKeys([{ name: key.name, bytes: Buffer.from(key.publicKey) }]);
  const offered = {
    ...one,
    fields: apkFields(stanza.split("\n")),
    checksum: stanza.slice(2, 32),
    url: "test",
    size: 0,
    origin: "",
    keys,
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.uint8Array({ maxLength: 8 }), fc.nat(64), async (at, put, cut) => {
      const changed = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
      try {
        const apk = await readApk(changed, { ...offered, size: changed.length });
        expect(apk.entries.map(({ content }) => content.toString())).toEqual(["x"]);
      } catch (error) {
        if (!(error instanceof PatchError || error instanceof LayerError || error instanceof CompressionError))
          throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test("apk's dependencies are read with their bounds, and what cannot be read is not taken for none", () => {
  expect(parseApkDependencies("a b>=1 !c<2 so:x.so.1 d~1.2 e@edge f><Q1abc=")).toEqual({
    needs: [
      [{ name: "a" }],
      [{ name: "b", bound: { operator: ">=", version: "1" } }],
      [{ name: "so:x.so.1" }],
      [{ name: "d", bound: { operator: "~", version: "1.2" } }],
      [{ name: "e" }],
    ],
    against: [{ name: "c", bound: { operator: "<<", version: "2" } }],
    pinned: ["f"],
  });
  expect(parseApkDependencies("a>=")).toBeUndefined();
  const like = (version: string): boolean => within(version, { operator: "~", version: "1.2" }, "apk");
  expect(["1.2", "1.2.3", "1.2-r1", "1.20", "1.3"].map(like)).toEqual([true, true, true, false, false]);
});
