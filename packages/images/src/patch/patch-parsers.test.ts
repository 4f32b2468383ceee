import fc from "fast-check";
import { expect, test } from "vitest";
import { CompressionError } from "../compression/compression-error.ts";
import { LayerError } from "../layers/layer-error.ts";
import { compareVersions } from "../versions/compare.ts";
import { readDeb } from "./deb-file.ts";
import { parseRelations } from "./debian-relations.ts";
import { formatStanza, parseStanza, stanzasOf } from "./debian-stanza.ts";
import { PatchError } from "./patch-error.ts";
import { within } from "./relations.ts";
import { defaultRepositories, repositoriesFor } from "./repositories.ts";

const member = (name: string, bytes: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    Buffer.alloc(bytes.length % 2, "\n"),
  ]);

test("whatever a package's bytes are, it is a package or one of our errors", async () => {
  const whole = Buffer.concat([
    Buffer.from("!<arch>\n"),
    member("debian-binary", Buffer.from("2.0\n")),
    member("control.tar", Buffer.alloc(1024)),
    member("data.tar", Buffer.alloc(1024)),
  ]);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 8 }), fc.nat(64), async (at, put, cut) => {
      const changed = Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]);
      try {
        await readDeb(changed, "test.deb");
      } catch (error) {
        expect(error instanceof PatchError || error instanceof LayerError || error instanceof CompressionError).toBe(
          true,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test("a stanza is written as it was read, folded lines and all", () => {
  const text =
    "Package: web\nDepends: a,\n b (>= 1)\nConffiles:\n /etc/web 0123\nDescription: short\n long\n .\n end\n";
  expect(formatStanza(parseStanza(text, "test"))).toBe(text);
  expect(stanzasOf(`${text}\n\n${text}`)).toHaveLength(2);
  expect(() => parseStanza(" folded", "test")).toThrow(PatchError);
});

test("relations have alternatives and bounds; what cannot be read is not taken for none", () => {
  expect(parseRelations("libc6 (>= 2.36), perl:any | perl5 (= 5.36)")).toEqual([
    [{ name: "libc6", bound: { operator: ">=", version: "2.36" } }],
    [{ name: "perl" }, { name: "perl5", bound: { operator: "=", version: "5.36" } }],
  ]);
  expect(parseRelations("libc6 (=> 1)")).toBeUndefined();
  expect(parseRelations(undefined)).toEqual([]);
});

test("a bound says what dpkg's order says", () => {
  const version = fc.stringMatching(/^[0-9]{1,2}(\.[0-9]{1,2}){0,2}(~rc1|-[0-9])?$/);
  fc.assert(
    fc.property(version, version, (a, b) => {
      const order = compareVersions("dpkg", a, b);
      const holds = (operator: "<<" | "<=" | "=" | ">=" | ">>"): boolean => within(a, { operator, version: b }, "dpkg");
      expect([holds("<<"), holds("="), holds(">>")].filter(Boolean)).toHaveLength(1);
      expect(holds("<=")).toBe(order !== 1);
      expect(holds(">=")).toBe(order !== -1);
    }),
  );
});

test("an image says its release, and no more of where packages come from", () => {
  const suites = (codename: string): readonly string[] =>
    repositoriesFor({ id: "debian", versionId: "12", codename }, defaultRepositories).flatMap((one) => one.suites);
  expect(suites("bookworm")).toEqual(["bookworm", "bookworm-updates", "bookworm-security"]);
  for (const codename of ["../../evil", "a/b", "", "A B", "-x"]) expect(suites(codename)).toEqual([]);
});
