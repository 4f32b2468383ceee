import { readFileSync } from "node:fs";
import { deflateSync, gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, test } from "vitest";
import { type DeclarationKind, parseDeclaration, parseProgram } from "./declaration-kind.ts";
import { elfWith } from "./elf-fixture.ts";
import { bodyOf } from "./file-body.ts";
import { PackageError } from "./package-error.ts";
import { zipOf } from "./zip-fixture.ts";

const limits = { nesting: 2, nestedBytes: 1 << 20 };
const jar = zipOf([
  { name: "META-INF/MANIFEST.MF", content: "Bundle-SymbolicName: a.b\n" },
  {
    name: "a.jar",
    content: zipOf([{ name: "META-INF/maven/g/a/pom.properties", content: "groupId=g\nartifactId=a\nversion=1\n" }]),
  },
]);
/** A sound file of each kind, to be broken. */
const sound: Readonly<Record<DeclarationKind, Buffer>> = {
  "os-release": Buffer.from('ID=debian\nVERSION_ID="12"\n'),
  "apk-repositories": Buffer.from("https://x/alpine/v3.22/main\n"),
  "dpkg-status": Buffer.from("Package: a\nStatus: install ok installed\nVersion: 1\nSource: b (2)\n\n"),
  "dpkg-list": Buffer.from("/.\n/usr/bin/a\n"),
  "dpkg-sums": Buffer.from(`${"0".repeat(32)}  usr/bin/a\n`),
  apk: Buffer.from("P:a\nV:1\nF:b\nR:c\n\n"),
  rpm: gunzipSync(readFileSync(new URL("./fixtures/rpmdb.sqlite.gz", import.meta.url))),
  "rpm-log": Buffer.from("log"),
  npm: Buffer.from('{"name":"a","version":"1"}'),
  lock: Buffer.from('{"packages":{}}'),
  python: Buffer.from("Name: a\nVersion: 1\n\n"),
  "python-record": Buffer.from('a.so,,\n"b",,\n'),
  gemspec: Buffer.from('s.name = "a"\ns.version = "1"\n'),
  java: jar,
  "java-release": Buffer.from('JAVA_VERSION="17"\n'),
};
const programs = [
  elfWith({ ".go.buildinfo": readFileSync(new URL("./fixtures/go-build-info.bin", import.meta.url)) }),
  elfWith({ ".dep-v0": deflateSync('{"packages":[{"name":"a","version":"1"}]}') }),
];

function only(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
  }
}

const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 10 });
/** Changed in places, mostly near the start where structures lie, and cut off. */
function broken(bytes: Buffer, list: readonly (readonly [number, number])[], keep: number): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, value] of list) copy[at % (at % 2 === 0 ? copy.length : Math.min(copy.length, 512))] = value;
  return copy.subarray(0, Math.max(0, copy.length - (keep % 3 === 0 ? keep % copy.length : 0)));
}

describe("any bytes end in a result or a PackageError", () => {
  for (const [kind, bytes] of Object.entries(sound) as [DeclarationKind, Buffer][])
    test(kind, () => {
      const read = (input: Buffer): void => only(() => parseDeclaration(kind, "a/b-1.0", bodyOf(input), limits));
      fc.assert(
        fc.property(changes, fc.nat(), (list, keep) => read(broken(bytes, list, keep))),
        { numRuns: 150 },
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 600 }), (input) => read(Buffer.from(input))),
        { numRuns: 100 },
      );
    });

  test("programs", () => {
    for (const bytes of programs)
      fc.assert(
        fc.property(changes, fc.nat(), (list, keep) =>
          only(() => parseProgram("bin/node", bodyOf(broken(bytes, list, keep)))),
        ),
        { numRuns: 300 },
      );
  });

  test("an rpm database of Berkeley's form", () => {
    const bdb = gunzipSync(readFileSync(new URL("./fixtures/rpm-Packages.bdb.gz", import.meta.url)));
    fc.assert(
      fc.property(changes, fc.nat(), (list, keep) =>
        only(() => parseDeclaration("rpm", "var/lib/rpm/Packages", bodyOf(broken(bdb, list, keep)), limits)),
      ),
      { numRuns: 300 },
    );
  });

  test("an rpm header in an ndb database", () => {
    const ndb = Buffer.alloc(8192);
    ndb.write("RpmP", 0);
    ndb.writeUInt32LE(1, 12);
    for (let at = 32; at < 4096; at += 16) ndb.write("Slot", at);
    ndb.writeUInt32LE(1, 36);
    ndb.writeUInt32LE(256, 40);
    ndb.write("BlbS", 4096);
    ndb.writeUInt32LE(1, 4100);
    ndb.writeUInt32LE(500, 4108);
    fc.assert(
      fc.property(changes, fc.uint8Array({ minLength: 500, maxLength: 500 }), (list, header) => {
        const copy = broken(ndb, list, 1);
        copy.set(header, 4112);
        only(() => parseDeclaration("rpm", "var/lib/rpm/Packages.db", bodyOf(copy), limits));
      }),
      { numRuns: 200 },
    );
  });
});
