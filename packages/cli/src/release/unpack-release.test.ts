import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { carriedNode, describeRelease, packRelease, type ReleaseManifest } from "@bulkhead/host";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unpackRelease } from "./unpack-release.ts";

const other = process.arch === "x64" ? "arm64" : "x64";
const about = {
  version: "0.2.0",
  schema: { writes: 1, reads: [1] },
  node: { version: "24.21.0", architectures: [process.arch, other] },
};
let folder = "";
let manifest: ReleaseManifest;
/** A good archive's tar. */
let tar: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bulkhead-unpack-"));
  const made = join(folder, "made");
  for (const [path, text, mode] of [
    ["agent.mjs", "agent", 0o644],
    ["bulkhead", "#!/bin/sh", 0o755],
    ["empty", "", 0o644],
    [`shop/${"d".repeat(90)}/server.mjs`, "x".repeat(1500), 0o644],
    [carriedNode(process.arch), "ours", 0o755],
    [carriedNode(other), "theirs", 0o755],
  ] as const) {
    mkdirSync(join(made, path, ".."), { recursive: true });
    writeFileSync(join(made, path), text, { mode });
  }
  manifest = await describeRelease(made, about);
  const packed = await packRelease(made, manifest);
  expect(packed.equals(await packRelease(made, manifest))).toBe(true);
  tar = gunzipSync(packed);
});
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
/** Unpacks a tar; what is left of one that was refused is told. */
async function unpack(bytes: Buffer) {
  const archive = join(folder, `${++count}.tgz`);
  const into = join(folder, `into-${count}`);
  writeFileSync(archive, gzipSync(bytes, { level: 1 }));
  try {
    return { ...(await unpackRelease(archive, into)), into };
  } finally {
    rmSync(archive);
  }
}

/** One entry as a tar has it; whatever is wrong about it is as told. */
function entry(name: string, body: Buffer | string, type = "0", link = "", size = Buffer.byteLength(body)): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, "utf8");
  block.write("0000644\0", 100);
  block.write("0000000\0".repeat(2), 108);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write("ustar\x0000", 257, "latin1");
  block.fill(" ", 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const bytes = Buffer.from(body);
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
const end = Buffer.alloc(1024);
const sha512 = (text: string): string => createHash("sha512").update(text).digest("hex");
const listing = (files: ReleaseManifest["files"], more: object = {}): Buffer =>
  entry("package/release.json", JSON.stringify({ ...manifest, files, ...more }));
const node = { path: carriedNode(process.arch), size: 4, sha512: sha512("ours"), executable: true };
const ourNode = entry(`package/${node.path}`, "ours");
const one = { path: "agent.mjs", size: 5, sha512: sha512("agent"), executable: false };

test("a release is unpacked as it was packed, with this machine's Node as its node", async () => {
  const { into, manifest: read } = await unpack(tar);
  expect(read).toEqual(manifest);
  expect(readFileSync(join(into, "node"), "utf8")).toBe("ours");
  expect(readdirSync(into).sort()).toEqual(["agent.mjs", "bulkhead", "empty", "node", "release.json", "shop"]);
  expect(["agent.mjs", "bulkhead", "node"].map((name) => statSync(join(into, name)).mode & 0o777)).toEqual([
    0o644, 0o755, 0o755,
  ]);
});

describe("an archive is refused, and nothing of it is left, that has", () => {
  test.each<[string, string, () => Buffer[]]>([
    ["no manifest first", "not-a-release", () => [entry("package/agent.mjs", "agent"), end]],
    ["nothing", "not-a-release", () => [end]],
    [
      "a symlink",
      "forbidden-entry",
      () => [listing([one, node]), entry("package/agent.mjs", "", "2", "/etc/passwd"), end],
    ],
    [
      "a hard link",
      "forbidden-entry",
      () => [listing([one, node]), entry("package/agent.mjs", "", "1", "/etc/shadow"), end],
    ],
    ["a device", "forbidden-entry", () => [listing([one, node]), entry("package/agent.mjs", "", "3"), end]],
    ["a pipe", "forbidden-entry", () => [listing([one, node]), entry("package/agent.mjs", "", "6"), end]],
    ["a folder", "forbidden-entry", () => [listing([one, node]), entry("package/shop/", "", "5"), end]],
    [
      "a manifest that is a link",
      "forbidden-entry",
      () => [entry("package/release.json", "", "2", "/etc/passwd"), end],
    ],
    ["a path upwards", "unlisted-file", () => [listing([one, node]), entry("package/../../agent.mjs", "agent"), end]],
    ["an absolute path", "unlisted-file", () => [listing([one, node]), entry("/agent.mjs", "agent"), end]],
    ["a file outside of package/", "unlisted-file", () => [listing([one, node]), entry("agent.mjs", "agent"), end]],
    [
      "a file that is not listed",
      "unlisted-file",
      () => [listing([node]), ourNode, entry("package/agent.mjs", "agent"), end],
    ],
    [
      "a file twice",
      "unlisted-file",
      () => [listing([one, node]), entry("package/agent.mjs", "agent"), entry("package/agent.mjs", "agent"), end],
    ],
    ["the manifest twice", "unlisted-file", () => [listing([node]), listing([node]), end]],
    ["other bytes", "altered-file", () => [listing([one, node]), entry("package/agent.mjs", "Agent"), end]],
    ["another size", "altered-file", () => [listing([one, node]), entry("package/agent.mjs", "agents"), end]],
    [
      "other bytes of another machine's Node",
      "altered-file",
      () => [
        listing([node, { ...node, path: carriedNode(other) }]),
        entry(`package/${carriedNode(other)}`, "evil"),
        end,
      ],
    ],
    ["a file missing", "missing-file", () => [listing([one, node]), ourNode, end]],
    [
      "no end of a file",
      "unreadable",
      () => [listing([one, node]), entry("package/agent.mjs", "agent").subarray(0, 514)],
    ],
    [
      "no Node for this machine",
      "other-architecture",
      () => [listing([one]), entry("package/agent.mjs", "agent"), end],
    ],
    [
      "Node for another machine",
      "other-architecture",
      () => [listing([node], { node: { version: "24.21.0", architectures: [other] } }), ourNode, end],
    ],
    ["a huge manifest", "too-large", () => [entry("package/release.json", "{}", "0", "", 2 << 20), end]],
    [
      "a longer name than is read",
      "unreadable",
      () => [listing([node]), entry("././@LongLink", "x".repeat(300), "L"), entry("short", ""), end],
    ],
  ])("%s: %s", async (_, code, made) => {
    const before = count + 1;
    await expect(unpack(Buffer.concat(made()))).rejects.toMatchObject({ name: "ReleaseError", code });
    expect(existsSync(join(folder, `into-${before}`))).toBe(false);
  });

  test("more bytes than a release may have, however small it is packed", async () => {
    const archive = join(folder, "bomb.tgz");
    // A gigabyte of zeros is a megabyte: members of gzip follow one another.
    const part = gzipSync(Buffer.alloc(16 << 20), { level: 1 });
    const head = gzipSync(Buffer.concat([listing([node]), ourNode]), { level: 1 });
    writeFileSync(archive, Buffer.concat([head, ...Array.from({ length: 70 }, () => part)]));
    await expect(unpackRelease(archive, join(folder, "bomb"))).rejects.toMatchObject({ code: "too-large" });
    expect(existsSync(join(folder, "bomb"))).toBe(false);
  });

  test("a name that is there already is not written into", async () => {
    const into = join(folder, "there");
    mkdirSync(into);
    writeFileSync(join(folder, "there.tgz"), gzipSync(tar));
    await expect(unpackRelease(join(folder, "there.tgz"), into)).rejects.toMatchObject({ code: "EEXIST" });
  });
});

test("one byte changed anywhere is refused, or changes nothing that is written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(tar);
      changed[at] = (changed[at] ?? 0) ^ by;
      const done = await unpack(changed).catch((error: unknown) => {
        expect(error).toMatchObject({ name: "ReleaseError" });
        return undefined;
      });
      if (done === undefined) return;
      for (const { path, sha512: digest } of done.manifest.files) {
        if (path.startsWith("nodes/")) continue;
        expect(
          createHash("sha512")
            .update(readFileSync(join(done.into, path)))
            .digest("hex"),
        ).toBe(digest);
      }
      rmSync(done.into, { recursive: true });
    }),
    { numRuns: 60 },
  );
});
