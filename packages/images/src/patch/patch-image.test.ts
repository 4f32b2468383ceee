import { createHash } from "node:crypto";
import { packTar, unpackTar } from "modern-tar";
import { describe, expect, test } from "vitest";
import type { SourceImage } from "../archives/image-source.ts";
import { type BlobStore, imageFromManifest } from "../archives/manifest-image.ts";
import { buildImage } from "../build/image.ts";
import { type LayerEntry, packLayer } from "../build/layer.ts";
import { clearsigned, made, signer } from "./openpgp-fixture.ts";
import { PatchError } from "./patch-error.ts";
import { patchImage } from "./patch-image.ts";
import type { ImagePatch } from "./patch-work.ts";
import type { LoadedRepository } from "./repositories.ts";

const key = signer("ed25519");
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface Made {
  readonly name?: string;
  readonly version?: string;
  readonly fields?: string;
  /** Path to text; a link is `-> target`. */
  readonly files: Readonly<Record<string, string>>;
  readonly control?: Readonly<Record<string, string>>;
  readonly mode?: number;
  readonly uid?: number;
}

const member = (name: string, bytes: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    Buffer.alloc(bytes.length % 2, "\n"),
  ]);
const tarOf = (files: Readonly<Record<string, string>>, mode = 0o644, uid = 0): Promise<Uint8Array> =>
  packTar(
    Object.entries(files).map(([path, text]) => {
      const header = { name: `./${path}`, mode, uid, gid: 0, mtime: new Date(9000) };
      return text.startsWith("-> ")
        ? { header: { ...header, type: "symlink" as const, size: 0, linkname: text.slice(3) } }
        : { header: { ...header, type: "file" as const, size: Buffer.byteLength(text) }, body: text };
    }),
  );

/** The image's old `web 1` and a mirror with this package as `web 2`, patched. */
async function patched(
  base: readonly LayerEntry[],
  deb: Made,
): Promise<ImagePatch & { readonly entries: ReadonlyMap<string, string> }> {
  const { name = "web", version = "2", fields = "" } = deb;
  const stanza = `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\n${fields}`;
  const bytes = Buffer.concat([
    Buffer.from("!<arch>\n"),
    member("debian-binary", Buffer.from("2.0\n")),
    member("control.tar", await tarOf({ control: `${stanza}Description: web\n`, ...deb.control })),
    member("data.tar", await tarOf(deb.files, deb.mode, deb.uid)),
  ]);
  const packages = Buffer.from(`${stanza}Filename: pool/web.deb\nSize: ${bytes.length}\nSHA256: ${sha(bytes)}\n\n`);
  const release = `Codename: bookworm\nSHA256:\n ${sha(packages)} ${packages.length} main/binary-amd64/Packages\n`;
  const served = new Map<string, Buffer>([
    ["http://mirror/dists/bookworm/InRelease", Buffer.from(clearsigned(release, key))],
    ["http://mirror/dists/bookworm/main/binary-amd64/Packages", packages],
    ["http://mirror/pool/web.deb", bytes],
  ]);
  const repository: LoadedRepository = {
    distribution: "debian",
    url: "http://mirror",
    suites: ["{release}"],
    components: ["main"],
    keyring: "/keyring",
    keys: [{ name: "keyring", bytes: key.keyring }],
  };
  const result = await patchImage({
    image: await imageOf(base),
    wanted: [{ id: "CVE-1", severity: "high", source: "web", fixedVersion: "2" }],
    repositories: [repository],
    fetch: async (url) => {
      const found = served.get(url);
      if (found === undefined) throw new PatchError("absent", `${url}: not there`);
      return found;
    },
    now: (made + 60) * 1000,
  });
  const entries = result.layer === undefined ? [] : await unpackTar(result.layer);
  return {
    ...result,
    entries: new Map(
      entries
        .filter(({ header }) => header.type !== "directory")
        .map(({ header, data }) => [
          header.name,
          header.type === "symlink" ? `-> ${header.linkname ?? ""}` : Buffer.from(data ?? []).toString(),
        ]),
    ),
  };
}

async function imageOf(entries: readonly LayerEntry[]): Promise<SourceImage> {
  const os = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n';
  const layer = await packLayer([...entries, file("usr/lib/os-release", os)]);
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

const file = (path: string, text: string): LayerEntry => ({
  type: "file",
  path,
  content: Buffer.from(text),
  mode: 0o644,
});
const stanza = (more = "", status = "install ok installed"): string =>
  `Package: other\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\nPackage: web\nStatus: ${status}\nVersion: 1\nArchitecture: amd64\n${more}\n`;
/** An image in which dpkg installed `web 1` with these files. */
const installed = (
  files: Readonly<Record<string, string>>,
  more: {
    readonly stanza?: string;
    readonly listed?: readonly string[];
    readonly info?: Readonly<Record<string, string>>;
  } = {},
): LayerEntry[] => [
  ...Object.entries(files).map(([path, text]) => file(path, text)),
  file("var/lib/dpkg/status", more.stanza ?? stanza()),
  file(
    "var/lib/dpkg/info/web.list",
    ["/.", ...[...Object.keys(files), ...(more.listed ?? [])].map((path) => `/${path}`)].join("\n"),
  ),
  file("var/lib/dpkg/info/other.list", "/.\n/usr/share/shared\n"),
  ...Object.entries(more.info ?? {}).map(([name, text]) => file(`var/lib/dpkg/info/web.${name}`, text)),
];

describe("an image with dpkg", () => {
  test("gets the new files, loses the old ones, and knows it", async () => {
    const base = installed(
      { "usr/bin/web": "old", "usr/lib/web.so.1": "lib", "usr/share/shared": "both" },
      { info: { md5sums: "x" } },
    );
    const { entries, upgrades, refused } = await patched(base, {
      files: { "usr/bin/web": "new", "usr/lib/web.so.2": "lib2" },
    });
    expect(refused).toEqual([]);
    expect(upgrades).toMatchObject([{ name: "web", from: "1", to: "2", fixes: [{ id: "CVE-1", severity: "high" }] }]);
    expect(Object.fromEntries(entries)).toEqual({
      "usr/bin/web": "new",
      "usr/lib/.wh.web.so.1": "",
      "usr/lib/web.so.2": "lib2",
      "var/lib/dpkg/info/web.list": "/.\n/usr/bin/web\n/usr/lib/web.so.2\n",
      "var/lib/dpkg/info/.wh.web.md5sums": "",
      "var/lib/dpkg/status":
        "Package: other\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\nPackage: web\nStatus: install ok installed\nVersion: 2\nArchitecture: amd64\nDescription: web\n\n",
    });
  });

  test("keeps a merged /usr: what is packed for /lib lies in usr/lib", async () => {
    const base: LayerEntry[] = [
      ...installed({}, { listed: ["lib/web.so"] }),
      { type: "symlink", path: "lib", target: "usr/lib" },
      file("usr/lib/web.so", "old"),
    ];
    const { entries } = await patched(base, { files: { "lib/web.so": "new" } });
    expect(entries.get("usr/lib/web.so")).toBe("new");
    expect([...entries.keys()].filter((path) => path.startsWith("lib/"))).toEqual([]);
  });

  test("keeps configuration that was changed, replaces what was not, and documentation that was left out stays out", async () => {
    const conffiles = `Conffiles:\n /etc/kept ${md5("default")}\n /etc/taken ${md5("same")}\n`;
    const base = installed(
      { "etc/kept": "mine", "etc/taken": "same" },
      { stanza: stanza(conffiles), listed: ["usr/share/doc/web/changelog"] },
    );
    const { entries, notes } = await patched(base, {
      files: { "etc/kept": "new", "etc/taken": "new", "usr/share/doc/web/changelog": "2" },
      control: { conffiles: "/etc/kept\n/etc/taken\n" },
    });
    expect(entries.has("etc/kept")).toBe(false);
    expect(entries.get("etc/taken")).toBe("new");
    expect(entries.has("usr/share/doc/web/changelog")).toBe(false);
    expect(notes).toEqual(["/etc/kept was changed in the image and stays as it is"]);
    expect(entries.get("var/lib/dpkg/status")).toContain(
      `Conffiles:\n /etc/kept ${md5("new")}\n /etc/taken ${md5("new")}\n`,
    );
  });

  test.each<[string, LayerEntry[], Made, RegExp]>([
    [
      "has a script that would have to run",
      installed({}),
      { files: {}, control: { postinst: "adduser web\n" } },
      /postinst is new/,
    ],
    [
      "has a file of a user that the image may not have",
      installed({}),
      { files: { "usr/bin/web": "x" }, uid: 1000 },
      /belongs to a user/,
    ],
    ["is on hold", installed({}, { stanza: stanza("", "hold ok installed") }), { files: {} }, /on hold/],
    [
      "has a diverted file",
      [
        ...installed({ "usr/bin/web": "old" }),
        file("var/lib/dpkg/diversions", "/usr/bin/web\n/usr/bin/web.distrib\nother\n"),
      ],
      { files: { "usr/bin/web": "new" } },
      /diverted/,
    ],
    [
      "is a folder where the image has a file",
      installed({ "usr/bin/web/inner": "x" }),
      { files: { "usr/bin/web": "new" } },
      /folder in the image/,
    ],
  ])("a package that %s stays, with its reason", async (_, base, deb, reason) => {
    const { upgrades, refused, layer } = await patched(base, deb);
    expect([upgrades, layer]).toEqual([[], undefined]);
    expect(refused).toMatchObject([
      { package: "web", version: "1", fixes: ["CVE-1"], reason: expect.stringMatching(reason) },
    ]);
  });

  test("setuid and owners of the distribution's own are kept", async () => {
    const { layer } = await patched(installed({ "usr/bin/web": "old" }), {
      files: { "usr/bin/web": "new" },
      mode: 0o4755,
      uid: 8,
    });
    const found = (await unpackTar(layer ?? Buffer.alloc(0))).find(({ header }) => header.name === "usr/bin/web");
    expect(found?.header).toMatchObject({ mode: 0o4755, uid: 8 });
  });
});

test("an image of single files, without dpkg, gets those files and no others", async () => {
  const base = [
    file("usr/lib/web.so.1", "old"),
    file("var/lib/dpkg/status.d/web", "Package: web\nVersion: 1\nArchitecture: amd64\n"),
    file("var/lib/dpkg/status.d/web.md5sums", `${md5("old")}  usr/lib/web.so.1\n`),
  ];
  const { entries } = await patched(base, {
    files: { "usr/lib/web.so.1": "new", "usr/lib/web.so.1.2": "more", "usr/share/doc/web/copyright": "c" },
    control: {
      md5sums: `${md5("new")}  usr/lib/web.so.1\n${md5("more")}  usr/lib/web.so.1.2\n${md5("c")}  usr/share/doc/web/copyright\n`,
      postinst: "ldconfig\n",
    },
  });
  expect(Object.fromEntries(entries)).toEqual({
    "usr/lib/web.so.1": "new",
    "usr/lib/web.so.1.2": "more",
    "var/lib/dpkg/status.d/web": "Package: web\nVersion: 2\nArchitecture: amd64\nDescription: web\n",
    "var/lib/dpkg/status.d/web.md5sums": `${md5("new")}  usr/lib/web.so.1\n${md5("more")}  usr/lib/web.so.1.2\n`,
  });
});

test("an image without a package database is refused by name", async () => {
  await expect(patched([file("usr/lib/x", "")], { files: {} })).rejects.toThrow("no dpkg database");
});
