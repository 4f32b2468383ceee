import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeOf } from "./release-folders.ts";
import {
  formatManifest,
  isPlainPath,
  isReleaseVersion,
  parseManifest,
  ReleaseError,
  type ReleaseManifest,
  releaseLimits,
} from "./release-manifest.ts";

const file = (path: string) => ({ path, size: 1, sha512: "a".repeat(128), executable: false });
const good: ReleaseManifest = {
  format: 1,
  name: "bulkhead",
  version: "1.2.3-rc.1",
  schema: { writes: 2, reads: [1, 2] },
  node: { version: "24.21.0", architectures: ["x64"] },
  files: [file("apiserver.mjs"), file("shop/api/server.mjs"), { ...file("nodes/linux-x64"), executable: true }],
};
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const refused = (code: string) => expect.objectContaining({ name: "ReleaseError", code });

test("what was written is read", () => {
  expect(parseManifest(formatManifest(good))).toEqual(good);
});

describe("a manifest is refused with", () => {
  test.each<[string, string, object]>([
    ["another package's name", "not-a-release", { name: "other" }],
    ["a later form", "newer-form", { format: 2 }],
    ["no form", "not-a-release", { format: "1" }],
    ["a version that leads elsewhere", "not-a-release", { version: "../1.0.0" }],
    ["build metadata", "not-a-release", { version: "1.0.0+x" }],
    ["no schema", "not-a-release", { schema: undefined }],
    ["a schema that it writes and does not read", "not-a-release", { schema: { writes: 3, reads: [1, 2] } }],
    ["no Node", "not-a-release", { node: {} }],
    ["a path upwards", "not-a-release", { files: [file("../etc/passwd")] }],
    ["a path upwards inside", "not-a-release", { files: [file("shop/../../x")] }],
    ["an absolute path", "not-a-release", { files: [file("/etc/passwd")] }],
    ["itself", "not-a-release", { files: [file("release.json")] }],
    ["a name with a line break", "not-a-release", { files: [file("a\nb")] }],
    ["a name twice", "not-a-release", { files: [file("a"), file("A")] }],
    ["a size below nothing", "not-a-release", { files: [{ ...file("a"), size: -1 }] }],
    ["a digest that is none", "not-a-release", { files: [{ ...file("a"), sha512: "A".repeat(128) }] }],
    ["more bytes than are read", "too-large", { files: [{ ...file("a"), size: releaseLimits.unpacked + 1 }] }],
    ["too many files", "not-a-release", { files: Array.from({ length: 4001 }, (_, i) => file(`${i}`)) }],
  ])("%s", (_, code, change) => {
    expect(() => parseManifest(bytes({ ...good, ...change }))).toThrow(refused(code));
  });
  test("too many bytes, and none that are JSON", () => {
    expect(() => parseManifest(Buffer.alloc(releaseLimits.manifest + 1, " "))).toThrow(refused("too-large"));
    for (const text of ["", "[]", "null", '"x"', "\xff{"])
      expect(() => parseManifest(Buffer.from(text, "latin1"))).toThrow(refused("not-a-release"));
  });
});

test("any other value is refused by an error of ours, or is a manifest", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(good)), (value, key) => {
      try {
        const read = parseManifest(bytes({ ...good, [key]: value }));
        expect(read.files.every(({ path }) => isPlainPath(path))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ReleaseError);
      }
    }),
  );
});

test("a path that counts as plain stays below its folder", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("..", ".", "a", "b.mjs", "", "\\", "c d", "..."), { minLength: 1 }),
      (parts) => {
        const path = parts.join("/");
        if (!isPlainPath(path)) return;
        expect(new URL(path, "file:///root/of/it/").pathname).toBe(`/root/of/it/${path}`);
      },
    ),
  );
});

test.each([
  ["1.2.3", true],
  ["0.0.1-rc.1", true],
  ["1.2", false],
  ["1.2.3+b", false],
  ["1.2.3/..", false],
  ["latest", false],
])("%s as a version: %s", (text, is) => {
  expect(isReleaseVersion(text)).toBe(is);
});

test("of the carried Nodes this machine's takes its place, another is left out", () => {
  expect(["nodes/linux-arm64", "nodes/linux-x64", "agent.mjs"].map((path) => placeOf(path, "arm64"))).toEqual([
    "node",
    undefined,
    "agent.mjs",
  ]);
});
