import { readFileSync } from "node:fs";
import { deflateRawSync, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { declarationKind, parseDeclaration, parseProgram } from "./declaration-kind.ts";
import { elfWith } from "./elf-fixture.ts";
import { bodyOf } from "./file-body.ts";
import { zipOf } from "./zip-fixture.ts";

const limits = { nesting: 2, nestedBytes: 1 << 20 };
/** What a path's file declares, its kind told by the path. */
const declared = (path: string, content: string | Buffer) => {
  const kind = declarationKind(path);
  if (kind === undefined) throw new Error(`${path} is no declaration`);
  return parseDeclaration(kind, path, bodyOf(typeof content === "string" ? Buffer.from(content) : content), limits);
};
const names = (found: {
  readonly packages: readonly { ecosystem: string; name: string; version: string }[];
}): string[] => found.packages.map((p) => `${p.ecosystem} ${p.name} ${p.version}`);

describe("paths", () => {
  test.each([
    "app/package.json",
    "node_modules/a/lib/package.json",
    "var/lib/dpkg/status-old",
    "home/x/var/lib/dpkg/status",
    "usr/share/doc/METADATA",
    "etc/release",
  ])("%s declares nothing", (path) => expect(declarationKind(path)).toBeUndefined());
});

describe("npm", () => {
  test("an installed package, scoped or not, explains its native modules", () => {
    const found = declared(
      "app/node_modules/@scope/name/package.json",
      '{"name":"@scope/name","version":"1.0.0-rc.1"}',
    );
    expect(names(found)).toEqual(["npm @scope/name 1.0.0-rc.1"]);
    expect(found.explains).toEqual(["app/node_modules/@scope/name/"]);
  });
  test("a lock file is no package", () => {
    expect(declared("app/package-lock.json", '{"packages":{"":{},"node_modules/a":{}}}')).toEqual({
      packages: [],
      locked: 1,
    });
  });
});

describe("Python", () => {
  test("dist-info names the package, RECORD its programs", () => {
    expect(
      names(
        declared(
          "usr/lib/python3/site-packages/Foo_Bar-1.0.dist-info/METADATA",
          "Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.0\n\nName: other\n",
        ),
      ),
    ).toEqual(["PyPI foo-bar 1.0"]);
    const record = declared(
      "v/lib/python3.12/site-packages/a-1.dist-info/RECORD",
      'a/_native.cpython-312.so,sha256=x,1\na/__init__.py,,\n../../../bin/a,,\n"a/with ""quote"".so",,\n',
    );
    expect(record.explains).toEqual([
      "v/lib/python3.12/site-packages/a/_native.cpython-312.so",
      "v/bin/a",
      'v/lib/python3.12/site-packages/a/with "quote".so',
    ]);
  });
});

describe("Ruby", () => {
  test("a gemspec names its gem, with the platform aside", () => {
    const found = declared(
      "usr/lib/ruby/gems/3.2.0/specifications/nokogiri-1.16.0-x86_64-linux.gemspec",
      'Gem::Specification.new do |s|\n  s.name = "nokogiri".freeze\n  s.version = "1.16.0"\n',
    );
    expect(names(found)).toEqual(["RubyGems nokogiri 1.16.0"]);
    expect(found.explains).toContain("usr/lib/ruby/gems/3.2.0/gems/nokogiri-1.16.0-x86_64-linux/");
  });
});

const info = readFileSync(new URL("./fixtures/go-build-info.bin", import.meta.url));

describe("Go", () => {
  test("a program's modules and library, the main module's version from its linker flags", () => {
    const found = parseProgram("app/hello", bodyOf(elfWith({ ".go.buildinfo": info })));
    expect(names(found)).toEqual(["Go stdlib 1.26.8", "Go example.com/hello v1.2.3"]);
    expect(found.explains).toEqual(["app/hello"]);
  });

  /** Go 1.12 to 1.17: pointers to string headers. */
  test("the older form, by addresses, with a replacement in the place of what it replaces", () => {
    const modules = `${"s".repeat(16)}path\tm\nmod\tm\tv0.1.0\th1:x\ndep\ta.b/c\tv1.0.0\th1:y\ndep\ta.b/d\tv2.0.0\n=>\tx.y/d\tv2.0.1\th1:z\n${"e".repeat(16)}`;
    const base = 0x400000;
    const bytes = Buffer.alloc(1024);
    bytes.write("\xff Go buildinf:\x08\x00", 0, "latin1");
    bytes.writeBigUInt64LE(BigInt(base + 64), 16);
    bytes.writeBigUInt64LE(BigInt(base + 80), 24);
    bytes.writeBigUInt64LE(BigInt(base + 100), 64);
    bytes.writeBigUInt64LE(BigInt("go1.16.5".length), 72);
    bytes.writeBigUInt64LE(BigInt(base + 200), 80);
    bytes.writeBigUInt64LE(BigInt(modules.length), 88);
    bytes.write("go1.16.5", 100);
    bytes.write(modules, 200);
    const head = Buffer.alloc(64);
    head.write("\x7fELF\x02\x01\x01", 0, "latin1");
    head.writeUInt16LE(2, 16);
    head.writeBigUInt64LE(64n, 32);
    head.writeUInt16LE(56, 54);
    head.writeUInt16LE(1, 56);
    const segment = Buffer.alloc(64);
    segment.writeUInt32LE(1, 0);
    segment.writeUInt32LE(6, 4);
    segment.writeBigUInt64LE(128n, 8);
    segment.writeBigUInt64LE(BigInt(base), 16);
    segment.writeBigUInt64LE(1024n, 32);
    expect(names(parseProgram("app/old", bodyOf(Buffer.concat([head, segment, bytes]))))).toEqual([
      "Go stdlib 1.16.5",
      "Go m v0.1.0",
      "Go a.b/c v1.0.0",
      "Go x.y/d v2.0.1",
    ]);
  });

  test("a program built without modules is a blind spot", () => {
    const bare = Buffer.concat([info.subarray(0, 32), Buffer.from([8]), Buffer.from("go1.22.1"), Buffer.from([0])]);
    const found = parseProgram("app/bare", bodyOf(elfWith({ ".go.buildinfo": bare })));
    expect(names(found)).toEqual(["Go stdlib 1.22.1"]);
    expect(found.blindSpots).toMatchObject([{ what: "executable", where: "app/bare" }]);
  });

  test("a program that only looks for the marker is none of Go's", () => {
    const looks = Buffer.concat([Buffer.alloc(7), Buffer.from("\xff Go buildinf:", "latin1"), Buffer.alloc(100)]);
    expect(names(parseProgram("bin/x", bodyOf(elfWith({ ".rodata": looks }))))).toEqual([]);
  });
});

describe("Rust", () => {
  test("the audit list's crates, those aside that only built it and the program itself", () => {
    const list = {
      packages: [
        { name: "app", version: "0.1.0", source: "local" },
        { name: "serde", version: "1.0.200", source: "crates.io" },
        { name: "cc", version: "1.0.0", kind: "build" },
      ],
    };
    const found = parseProgram("app/rust", bodyOf(elfWith({ ".dep-v0": deflateSync(JSON.stringify(list)) })));
    expect(names(found)).toEqual(["crates.io serde 1.0.200"]);
  });
});

describe("Java", () => {
  const properties = (artifact: string, version: string): string =>
    `#Generated\ngroupId=org.example\nartifactId=${artifact}\nversion=${version}\n`;
  const inner = zipOf([
    { name: "META-INF/maven/org.example/inner/pom.properties", content: properties("inner", "2.0") },
  ]);

  test("an archive, those within it, and what was shaded into it", () => {
    const fat = zipOf([
      { name: "META-INF/MANIFEST.MF", content: "Manifest-Version: 1.0\r\n" },
      { name: "META-INF/maven/org.example/outer/pom.properties", content: properties("outer", "1.0") },
      { name: "META-INF/maven/org.example/shaded/pom.properties", content: properties("shaded", "3.1"), stored: true },
      { name: "BOOT-INF/lib/inner-2.0.jar", content: inner, stored: true },
    ]);
    expect(names(declared("app/fat.jar", fat))).toEqual([
      "Maven org.example:outer 1.0",
      "Maven org.example:shaded 3.1",
      "Maven org.example:inner 2.0",
    ]);
  });

  test("without pom.properties the manifest and the name must do; without a group nothing can be matched, and that is said", () => {
    const named = zipOf([
      {
        name: "META-INF/MANIFEST.MF",
        content: "Bundle-SymbolicName: com.acme.lib;singleton:=true\nImplementation-Version: 9\n",
      },
      { name: "A.class", content: "x" },
    ]);
    expect(names(declared("app/lib-1.5.jar", named))).toEqual(["Maven com.acme:lib 1.5"]);
    const nameless = declared("app/thing.jar", zipOf([{ name: "A.class", content: "x" }]));
    expect(nameless.packages).toEqual([]);
    expect(nameless.blindSpots).toMatchObject([{ what: "package-declaration", where: "app/thing.jar" }]);
  });

  test("a program before the archive is passed over", () => {
    expect(
      names(declared("app/self.jar", Buffer.concat([Buffer.from("#!/bin/sh\nexec java -jar $0\n"), inner]))),
    ).toEqual(["Maven org.example:inner 2.0"]);
  });

  test("nesting and swelling are bounded, and named", () => {
    const deep = zipOf([
      { name: "a.jar", content: zipOf([{ name: "b.jar", content: zipOf([{ name: "c.jar", content: inner }]) }]) },
    ]);
    expect(declared("app/deep.jar", deep).blindSpots).toMatchObject([
      { what: "too-large", where: "app/deep.jar!a.jar!b.jar!c.jar" },
    ]);
    const bomb = zipOf([{ name: "big.jar", content: deflateRawSync(Buffer.alloc(4 << 20)), method: 8, size: 1000 }]);
    expect(declared("app/bomb.jar", bomb).blindSpots).toMatchObject([
      { what: "archive", where: "app/bomb.jar!big.jar" },
    ]);
  });

  test("a Java home says its version and explains what lies in it", () => {
    const found = declared("opt/java/openjdk-17/release", 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="17.0.9"\n');
    expect(names(found)).toEqual(["runtime java 17.0.9"]);
    expect(found.explains).toEqual(["opt/java/openjdk-17/"]);
  });
});

describe("runtimes", () => {
  test.each([
    ["usr/local/bin/node", "https://nodejs.org/download/release/v20.11.1/node-v20.11.1.tar.gz", "runtime node 20.11.1"],
    ["usr/local/bin/python3.12", "\u00003.12.4\u0000", "runtime python 3.12.4"],
    ["usr/local/lib/libpython3.11.so.1.0", "x\u00003.11.\u00003.11.9\u0000", "runtime python 3.11.9"],
    ["opt/bin/python2.7", "\u00002.7.18\u0000", "runtime python 2.7.18"],
    ["usr/lib/libruby.so.3.3.1", "", "runtime ruby 3.3.1"],
    ["usr/local/bin/php", "X-Powered-By: PHP/8.3.4\u0000", "runtime php 8.3.4"],
  ])("%s", (path, marker, expected) => {
    expect(names(parseProgram(path, bodyOf(elfWith({ ".rodata": Buffer.from(marker, "latin1") }))))).toEqual([
      expected,
    ]);
  });
});
