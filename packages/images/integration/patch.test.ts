import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BuiltImage,
  buildImage,
  buildPatchedImage,
  defaultRepositories,
  fetchOverHttp,
  type ImagePatch,
  imageFromManifest,
  importAdvisories,
  type Layer,
  match,
  noVex,
  openAdvisories,
  type PatchedImage,
  packLayer,
  patchImage,
  type SourceImage,
  scanImage,
  sha256,
  wantedFixes,
} from "../src/index.ts";
import { clearsigned, made, signer } from "../src/patch/openpgp-fixture.ts";
import { type DebianMirror, lackingDebian, startDebianMirror } from "./rig/debian-mirror.ts";

const lacking = lackingDebian();
let mirror: DebianMirror | undefined;
let unreached: string | undefined;
if (lacking === undefined)
  try {
    mirror = await startDebianMirror();
  } catch {
    unreached = "no Debian mirror is reached";
  }
const why = lacking ?? unreached;
const programs = ["openssl", "libexpat1"];
const now = Date.now();
type Wanted = ReturnType<typeof wantedFixes>;

const layerOf = (tar: Uint8Array): Layer => {
  const bytes = gzipSync(tar, { level: 1 });
  return {
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: sha256(bytes),
    diffId: sha256(tar),
    bytes,
  };
};

/** Opens an image whose blobs are all at hand. */
function open(
  name: string,
  manifest: { digest: string; bytes: Uint8Array },
  blobs: BuiltImage["blobs"],
): Promise<SourceImage> {
  const all = new Map([manifest, ...blobs].map(({ digest, bytes }) => [digest, bytes]));
  const read = (digest: string): Uint8Array => {
    const bytes = all.get(digest);
    if (bytes === undefined) throw new Error(`${digest} is not at hand`);
    return bytes;
  };
  return imageFromManifest(
    {
      read: async (digest) => read(digest),
      open: async function* (digest) {
        yield read(digest);
      },
    },
    { mediaType: "", digest: manifest.digest },
    name,
    { os: "linux", architecture: "amd64" },
  );
}

/** Lays a layer over a root file system as a runtime does: what it takes away first. */
function lay(root: string, tar: Uint8Array): void {
  const file = `${root}.layer.tar`;
  writeFileSync(file, tar);
  const names = execFileSync("tar", ["-tf", file], { encoding: "utf8" }).split("\n");
  for (const name of names) {
    const [, folder, gone] = /^(.*\/)?\.wh\.([^/]+)$/.exec(name) ?? [];
    if (gone !== undefined) rmSync(join(root, folder ?? "", gone), { recursive: true });
  }
  execFileSync("tar", ["-C", root, "-xpf", file, "--exclude=.wh.*", "--numeric-owner", "--keep-directory-symlink"]);
  rmSync(file);
}

/** Every file of a tree with what counts of it, those left out that dpkg and its scripts write as they go. */
function told(root: string): string[] {
  return execFileSync("find", [".", "-printf", "%P\\t%y\\t%m\\t%U:%G\\t%l\\n"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter(
      (line) =>
        !/^(\t|var\/(log|cache)\/|var\/lib\/dpkg\/(status-old|lock|triggers\/|updates)|etc\/ld\.so\.cache|dev\/)/.test(
          line,
        ),
    )
    .filter((line) => line !== "")
    .sort();
}

describe.skipIf(why !== undefined)(
  `Debian's own older and fixed packages${why === undefined ? "" : ` (${why})`}`,
  () => {
    let image: SourceImage;
    let built: BuiltImage;
    /** What the image lacks: it is read once, and again only where a test is about that. */
    let missing: Wanted;
    let patch: ImagePatch;
    let patched: PatchedImage;
    let system: Buffer;
    let database: string;
    const debian = (): DebianMirror => {
      if (mirror === undefined) throw new Error("no mirror");
      return mirror;
    };
    const fetchFile = fetchOverHttp({ allowed: (url) => url.startsWith(debian().url) });

    const matched = async (one: SourceImage) => {
      const scan = await scanImage({ image: async () => one, close: async () => undefined });
      const advisories = openAdvisories(database);
      try {
        return match(scan.inventory, advisories, noVex, now);
      } finally {
        advisories.close();
      }
    };
    const wantedOf = async (one: SourceImage): Promise<Wanted> => wantedFixes((await matched(one)).findings);
    const patching = async (one: SourceImage, wanted?: Wanted) =>
      patchImage({
        image: one,
        wanted: wanted ?? (await wantedOf(one)),
        repositories: await debian().repositories(),
        fetch: fetchFile,
        now,
      });

    beforeAll(async () => {
      database = join(debian().folder, "db", "advisories.db");
      mkdirSync(dirname(database));
      await importAdvisories({ file: database, location: debian().securityIndex, accept: false, now });
      system = debian().oldSystem(programs);
      built = buildImage([layerOf(system)], { architecture: "amd64", entrypoint: ["/bin/sh"], user: "1000" });
      image = await open("test/base:1", built.manifest, built.blobs);
      missing = await wantedOf(image);
      patch = await patching(image, missing);
      patched = await buildPatchedImage({
        manifest: built.manifest.bytes,
        config: built.blobs[0]?.bytes ?? Buffer.alloc(0),
        baseName: `test/base@${built.manifest.digest}`,
        baseDigest: built.manifest.digest,
        layer: patch.layer ?? Buffer.alloc(0),
        upgrades: patch.upgrades,
        made: patch.made,
        by: "test",
      });
    }, 600_000);
    afterAll(() => mirror?.close());

    it("finds the missing fixes and chooses the security suite's packages", () => {
      const chosen = new Map(patch.upgrades.map(({ name, to }) => [name, to]));
      for (const name of ["libssl3", "openssl", "libexpat1"])
        expect([name, chosen.get(name)]).toEqual([name, debian().versions(name).fixed]);
      expect(patch.refused).toEqual([]);
      expect(patch.base).toBe("debian bookworm");
    });

    it("leaves the image as dpkg's own upgrade would: files, owners, modes, links and database", () => {
      const ours = join(debian().folder, "ours");
      const theirs = join(debian().folder, "theirs");
      for (const root of [ours, theirs]) {
        mkdirSync(root);
        execFileSync("tar", ["-C", root, "-xpf", "-", "--numeric-owner"], { input: system });
      }
      lay(ours, patch.layer ?? Buffer.alloc(0));
      const packages = readdirSync(join(debian().folder, "pool")).filter((name) => name.endsWith(".deb"));
      for (const name of packages) execFileSync("cp", [join(debian().folder, "pool", name), join(theirs, "tmp")]);
      const inside = (root: string, ...command: string[]): string =>
        execFileSync("chroot", [root, ...command], {
          encoding: "utf8",
          env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive" },
          stdio: ["ignore", "pipe", "pipe"],
        });
      inside(theirs, "dpkg", "--install", ...packages.map((name) => `/tmp/${name}`));
      for (const name of packages) rmSync(join(theirs, "tmp", name));

      expect(told(ours)).toEqual(told(theirs));
      const listed = (root: string): string =>
        inside(root, "dpkg-query", "-W", "-f", "${Package} ${Architecture} ${Version} ${Status} ${Conffiles}\n");
      expect(listed(ours)).toBe(listed(theirs));
      expect(inside(ours, "dpkg", "--audit")).toBe("");
      expect(inside(ours, "dpkg", "--verify")).toBe(inside(theirs, "dpkg", "--verify"));
      const version = debian().versions("openssl").fixed?.split("-")[0] ?? "?";
      expect(inside(ours, "openssl", "version")).toContain(version);
      expect(inside(ours, "openssl", "version")).toBe(inside(theirs, "openssl", "version"));
      for (const file of ["usr/lib/x86_64-linux-gnu/libssl.so.3", "usr/bin/perl"])
        expect(readFileSync(join(ours, file)).equals(readFileSync(join(theirs, file)))).toBe(true);
      for (const root of [ours, theirs]) rmSync(root, { recursive: true });
    });

    it("gives an image in which nothing is left to mend, and the same bytes again", async () => {
      const result = await open("test/patched:1", patched.manifest, [...built.blobs, ...patched.blobs]);
      const { findings } = await matched(result);
      expect(wantedFixes(findings)).toEqual([]);
      expect(result.config.labels["org.opencontainers.image.base.digest"]).toBe(built.manifest.digest);
      expect(result.config.history.at(-1)?.createdBy).toContain("openssl");
      const again = await patching(image);
      expect(sha256(again.layer ?? Buffer.alloc(0))).toBe(sha256(patch.layer ?? Buffer.alloc(1)));
      expect(await patching(result)).toMatchObject({ upgrades: [], refused: [] });
    });

    it.each([
      ["InRelease", "unverified"],
      ["Packages", "unverified"],
      ["openssl_", "unverified"],
    ])("takes nothing where %s was changed on the mirror", async (part, code) => {
      debian().answer = (path, bytes) => {
        if (!path.includes(part) || !path.includes("security")) return bytes;
        const changed = Buffer.from(bytes);
        const at = Math.floor(changed.length / 3);
        changed[at] = (changed[at] ?? 0) ^ 1;
        return changed;
      };
      try {
        await expect(patching(image, missing)).rejects.toMatchObject({ name: "PatchError", code });
      } finally {
        delete debian().answer;
      }
    });

    it("takes no other suite's index in the place of security's", async () => {
      const ordinary = await fetchFile(`${debian().url}/debian/dists/bookworm/InRelease`, 1 << 24);
      debian().answer = (path, bytes) => (path.endsWith("security/InRelease") ? ordinary : bytes);
      try {
        await expect(patching(image, missing)).rejects.toMatchObject({ code: "unverified" });
      } finally {
        delete debian().answer;
      }
    });

    it("leaves a package that the mirror does not have, and says so", async () => {
      debian().answer = (path, bytes) => (path.includes("/libexpat1_") ? undefined : bytes);
      try {
        const without = await patching(image, missing);
        expect(without.upgrades.map(({ name }) => name)).not.toContain("libexpat1");
        expect(without.refused).toMatchObject([
          { package: "libexpat1", reason: expect.stringContaining("does not have") },
        ]);
      } finally {
        delete debian().answer;
      }
    });

    describe("as Ubuntu has it: suites, components and a keyring in the image", () => {
      const key = signer("ed25519");
      const suites = ["noble", "noble-updates", "noble-security"];
      /** Ubuntu's two servers, with Debian's fixed packages in both components of the security suite. */
      const serve = (by = key): Map<string, Buffer> => {
        const text = readFileSync(debian().securityIndex, "utf8").split("\n\n");
        const stanzas = (libraries: boolean): string =>
          text.flatMap((one) => (one.startsWith("Package: lib") === libraries ? [`${one}\n\n`] : [])).join("");
        const served = new Map<string, Buffer>();
        for (const suite of suites) {
          const root = `http://${suite.endsWith("security") ? "security" : "archive"}.ubuntu.com/ubuntu/dists/${suite}`;
          const files = ["main", "universe"].map((component) => {
            const bytes = Buffer.from(suite.endsWith("security") ? stanzas(component === "universe") : "");
            const path = `${component}/binary-amd64/Packages`;
            served.set(`${root}/${path}`, bytes);
            return ` ${sha256(bytes).slice(7)} ${bytes.length} ${path}`;
          });
          const release = `Origin: Ubuntu\nSuite: ${suite}\nCodename: noble\nComponents: main universe\nSHA256:\n${files.join("\n")}\n`;
          served.set(`${root}/InRelease`, Buffer.from(clearsigned(release, by)));
        }
        return served;
      };
      const patchUbuntu = async (served: Map<string, Buffer>): Promise<ImagePatch> => {
        const file = (path: string, content: string | Uint8Array) =>
          ({ type: "file", path, content: Buffer.from(content), mode: 0o644 }) as const;
        const names = await packLayer([
          file("usr/lib/os-release", 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n'),
          file("usr/share/keyrings/ubuntu-archive-keyring.gpg", key.keyring),
        ]);
        const ubuntu = buildImage([layerOf(system), names], { architecture: "amd64", entrypoint: [], user: "1" });
        return patchImage({
          image: await open("test/ubuntu:1", ubuntu.manifest, ubuntu.blobs),
          wanted: missing,
          repositories: defaultRepositories
            .filter(({ distribution }) => distribution === "ubuntu")
            .map((one) => ({ ...one, keyring: "image", keys: [] })),
          fetch: async (url, limit) =>
            served.get(url) ??
            fetchFile(url.replace("http://security.ubuntu.com/ubuntu", `${debian().url}/debian-security`), limit),
          now: (made + 60) * 1000,
        });
      };

      it("puts on the same packages, from where Ubuntu has them, and leaves the same files as on Debian", async () => {
        const ubuntu = await patchUbuntu(serve());
        expect(ubuntu.base).toBe("ubuntu noble");
        const from = new Map(ubuntu.upgrades.map(({ name, origin }) => [name, origin]));
        expect(from.get("openssl")).toBe("noble-security/main");
        expect(from.get("libexpat1")).toBe("noble-security/universe");
        expect(ubuntu.upgrades.map(({ name, to }) => [name, to])).toEqual(
          patch.upgrades.map(({ name, to }) => [name, to]),
        );
        // Folders carry the time of the layer that this test laid over them.
        const files = async (layer: Uint8Array | undefined) =>
          (await unpackTar(layer ?? Buffer.alloc(0)))
            .filter(({ header }) => header.type !== "directory")
            .map(({ header, data }) => ({ ...header, data: sha256(data ?? Buffer.alloc(0)) }));
        expect(await files(ubuntu.layer)).toEqual(await files(patch.layer));
      });

      it("takes nothing that another key has signed, and no other suite in security's place", async () => {
        await expect(patchUbuntu(serve(signer("ed25519")))).rejects.toMatchObject({ code: "unverified" });
        const swapped = serve();
        const updates = swapped.get("http://archive.ubuntu.com/ubuntu/dists/noble-updates/InRelease");
        swapped.set("http://security.ubuntu.com/ubuntu/dists/noble-security/InRelease", updates ?? Buffer.alloc(0));
        await expect(patchUbuntu(swapped)).rejects.toMatchObject({ code: "unverified" });
      });
    });
  },
);
