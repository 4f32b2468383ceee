import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseApkInstalled } from "./apk.ts";
import type { OwnedFiles } from "./declaration.ts";
import { parseDpkgList, parseDpkgStatus, parseDpkgSums } from "./dpkg.ts";
import { bodyOf } from "./file-body.ts";
import { parseApkRepositories, parseOsRelease } from "./os-release.ts";
import { parseRpmDatabase } from "./rpm.ts";
import { bdbBlobs } from "./rpm-bdb.ts";
import { sqliteBlobs } from "./rpm-sqlite.ts";

const text = (...lines: readonly string[]) => bodyOf(Buffer.from(lines.join("\n")));
const rpmdb = gunzipSync(readFileSync(new URL("./fixtures/rpmdb.sqlite.gz", import.meta.url)));
/** The same headers, put by Berkeley DB 5.3 into a hash with pages of 4,096 bytes. */
const bdb = gunzipSync(readFileSync(new URL("./fixtures/rpm-Packages.bdb.gz", import.meta.url)));
/** What rpm 4.18 says itself of the fixture, which it made (rpm -qa --qf). */
const said = [
  {
    ecosystem: "rpm",
    name: "libhello",
    version: "2:1.4-3.fc40",
    architecture: "x86_64",
    source: { name: "hello", version: "1.4-3.fc40" },
    vendor: "Fedora Project",
    modularity: "hello:1:20240101:abcd",
  },
  {
    ecosystem: "rpm",
    name: "hello",
    version: "2:1.4-3.fc40",
    architecture: "x86_64",
    source: { name: "hello", version: "1.4-3.fc40" },
    vendor: "Fedora Project",
    modularity: "hello:1:20240101:abcd",
  },
];

/** An ndb database of these blobs, laid out as rpm's lib/backend/ndb/rpmpkg.c does it. */
function ndbOf(blobs: readonly Buffer[]): Buffer {
  const file = Buffer.alloc(4096 + blobs.reduce((sum, b) => sum + Math.ceil((b.length + 28) / 16) * 16, 0));
  file.write("RpmP", 0);
  file.writeUInt32LE(1, 12);
  for (let at = 32; at < 4096; at += 16) file.write("Slot", at);
  let block = 4096 / 16;
  blobs.forEach((blob, i) => {
    const slot = 32 + i * 16;
    const count = Math.ceil((blob.length + 28) / 16);
    file.writeUInt32LE(i + 1, slot + 4);
    file.writeUInt32LE(block, slot + 8);
    file.writeUInt32LE(count, slot + 12);
    file.write("BlbS", block * 16);
    file.writeUInt32LE(i + 1, block * 16 + 4);
    file.writeUInt32LE(blob.length, block * 16 + 12);
    blob.copy(file, block * 16 + 16);
    block += count;
  });
  return file;
}

/**
 * A Berkeley database of these values as db_page.h describes it: one page of pairs (pages of 512 bytes), what is longer than a
 * quarter of a page on pages of its own.
 */
function bdbOf(values: readonly Buffer[], little: boolean): Buffer {
  const size = 512;
  const u32 = (b: Buffer, value: number, at: number) =>
    little ? b.writeUInt32LE(value, at) : b.writeUInt32BE(value, at);
  const u16 = (b: Buffer, value: number, at: number) =>
    little ? b.writeUInt16LE(value, at) : b.writeUInt16BE(value, at);
  const meta = Buffer.alloc(size);
  const pairs = Buffer.alloc(size);
  const pages = [meta, pairs];
  let end = size;
  let entries = 0;
  const add = (bytes: Buffer): void => {
    end -= bytes.length;
    bytes.copy(pairs, end);
    u16(pairs, end, 26 + entries++ * 2);
  };
  values.forEach((value, n) => {
    add(Buffer.from([1, n + 1, 0, 0, 0]));
    if (value.length <= size / 4) {
      add(Buffer.concat([Buffer.from([1]), value]));
      return;
    }
    const off = Buffer.alloc(12);
    off[0] = 3;
    u32(off, pages.length, 4);
    u32(off, value.length, 8);
    add(off);
    for (let at = 0; at < value.length; at += size - 26) {
      const part = value.subarray(at, at + size - 26);
      const overflow = Buffer.alloc(size);
      u32(overflow, pages.length, 8);
      u32(overflow, at + part.length < value.length ? pages.length + 1 : 0, 16);
      u16(overflow, part.length, 22);
      overflow[25] = 7;
      part.copy(overflow, 26);
      pages.push(overflow);
    }
  });
  u32(pairs, 1, 8);
  u16(pairs, entries, 20);
  u16(pairs, end, 22);
  pairs[25] = 13;
  u32(meta, 0x061561, 12);
  u32(meta, 9, 16);
  u32(meta, size, 20);
  meta[25] = 8;
  u32(meta, pages.length - 1, 32);
  return Buffer.concat(pages);
}

describe("rpm", () => {
  test("an sqlite database gives what rpm itself says of it, and the packages' files", () => {
    const { packages, owned, blindSpots } = parseRpmDatabase("var/lib/rpm/rpmdb.sqlite", bodyOf(rpmdb));
    expect(packages.toSorted((a, b) => b.name.localeCompare(a.name))).toEqual(said);
    expect(owned?.find((o) => o.owner === "hello")?.files).toEqual([
      "/usr/bin/hello",
      "/usr/lib/hello",
      "/usr/lib/hello/data",
    ]);
    expect(blindSpots).toEqual([]);
  });

  test("an ndb database of the same headers gives the same", () => {
    const ndb = ndbOf([...sqliteBlobs(bodyOf(rpmdb))].map((b) => Buffer.from(b)));
    const { packages } = parseRpmDatabase("var/lib/rpm/Packages.db", bodyOf(ndb));
    expect(packages.toSorted((a, b) => b.name.localeCompare(a.name))).toEqual(said);
  });

  test("rows of any size are read as SQLite reads them, over pages of their own and inner pages", () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-rpm-test-"));
    try {
      const file = join(folder, "db");
      const database = new DatabaseSync(file);
      database.exec(
        "PRAGMA page_size=1024; CREATE TABLE other(a); CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob BLOB)",
      );
      const insert = database.prepare("INSERT INTO Packages VALUES(?, ?)");
      const blobs = Array.from({ length: 300 }, (_, i) => Buffer.alloc(1 + ((i * 379) % 9000), i));
      blobs.forEach((blob, i) => insert.run(i * 1000 + 1, blob));
      database.close();
      const read = [...sqliteBlobs(bodyOf(readFileSync(file)))].map((b) => Buffer.from(b));
      expect(read.length).toBe(300);
      expect(read.every((b, i) => b.equals(blobs[i] ?? Buffer.alloc(0)))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a view in the table's place is not run", () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-rpm-test-"));
    try {
      const file = join(folder, "db");
      const database = new DatabaseSync(file);
      database.exec(
        "CREATE VIEW Packages AS WITH RECURSIVE n(hnum) AS (SELECT 1 UNION ALL SELECT hnum+1 FROM n) SELECT hnum, zeroblob(9) AS blob FROM n",
      );
      database.close();
      writeFileSync(`${file}.copy`, readFileSync(file));
      expect(() => parseRpmDatabase("x", bodyOf(readFileSync(file)))).toThrow(
        expect.objectContaining({ code: "malformed" }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a Berkeley database of the same headers, made by Oracle's own library 5.3, gives the same", () => {
    const { packages, owned, blindSpots } = parseRpmDatabase("var/lib/rpm/Packages", bodyOf(bdb));
    expect(blindSpots).toEqual([]);
    const byName = (list: readonly { readonly name: string }[]) => list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const sqlite = parseRpmDatabase("var/lib/rpm/rpmdb.sqlite", bodyOf(rpmdb));
    expect(byName(packages)).toEqual(byName(sqlite.packages));
    const files = (list: readonly OwnedFiles[] = []) => Object.fromEntries(list.map((o) => [o.owner, o.files]));
    expect(files(owned)).toEqual(files(sqlite.owned));
  });

  test.each([true, false])("values in pages and beyond them, numbers little endian %s", (little) => {
    const values = [100, 300, 487, 486 * 5, 20_000].map((length, i) => Buffer.alloc(length, i + 1));
    const read = [...bdbBlobs(bodyOf(bdbOf(values, little)))].map((b) => Buffer.from(b));
    expect(read).toEqual(values);
  });

  test.each<[string, (bytes: Buffer) => void, string]>([
    ["pages of no size", (b) => b.writeUInt32LE(1000, 20), "malformed"],
    ["more pages than it holds", (b) => b.writeUInt32LE(9999, 32), "malformed"],
    ["encryption", (b) => b.writeUInt8(1, 24), "unsupported"],
    ["entries beyond the page", (b) => b.writeUInt16LE(300, 512 + 20), "malformed"],
    ["an item in the page's head", (b) => b.writeUInt16LE(3, 512 + 28), "malformed"],
    ["an item of duplicates", (b) => b.writeUInt8(2, 512 + b.readUInt16LE(512 + 28)), "malformed"],
    ["a value of another page", (b) => b.writeUInt32LE(1, 512 + b.readUInt16LE(512 + 28) + 4), "malformed"],
    ["a value of no page", (b) => b.writeUInt32LE(4000, 512 + b.readUInt16LE(512 + 28) + 4), "malformed"],
    ["a value in a circle", (b) => b.writeUInt32LE(2, 1024 + 16), "malformed"],
    ["a value of gigabytes", (b) => b.writeUInt32LE(0x7fffffff, 512 + b.readUInt16LE(512 + 28) + 8), "limit"],
    ["a value of more than the file", (b) => b.writeUInt32LE(60_000, 512 + b.readUInt16LE(512 + 28) + 8), "malformed"],
  ])("a Berkeley database with %s is refused", (_, harm, code) => {
    const bytes = bdbOf([Buffer.alloc(2000, 7)], true);
    expect([...bdbBlobs(bodyOf(bytes))]).toHaveLength(1);
    harm(bytes);
    expect(() => [...bdbBlobs(bodyOf(bytes))]).toThrow(expect.objectContaining({ name: "PackageError", code }));
  });

  test("values that share their pages are no more than the file holds", () => {
    const bytes = bdbOf([Buffer.alloc(10_000, 7), Buffer.alloc(200, 8), Buffer.alloc(200, 9)], true);
    expect([...bdbBlobs(bodyOf(bytes))]).toHaveLength(3);
    const first = 512 + bytes.readUInt16LE(512 + 28);
    for (const i of [3, 5]) bytes.copy(bytes, 512 + bytes.readUInt16LE(512 + 26 + i * 2), first, first + 12);
    expect(() => [...bdbBlobs(bodyOf(bytes))]).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("a database of another form is said to be one we do not read", () => {
    expect(() => parseRpmDatabase("var/lib/rpm/Packages", bodyOf(Buffer.alloc(100)))).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });
});

describe("dpkg", () => {
  test("status: what is there, with its source; what left only its configuration is not", () => {
    const { packages } = parseDpkgStatus(
      text(
        "Package: libc6",
        "Status: install ok installed",
        "Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>",
        "Architecture: amd64",
        "Source: glibc",
        "Version: 2.36-9+deb12u10",
        "Description: GNU C Library",
        " Version: 9",
        "",
        "Package: old",
        "Status: deinstall ok config-files",
        "Version: 1",
        "",
        "Package: half",
        "Status: install reinstreq half-configured",
        "Source: halves (3-1)",
        "Version: 3-1+b2",
        "",
      ),
    );
    expect(packages).toEqual([
      {
        ecosystem: "dpkg",
        name: "libc6",
        version: "2.36-9+deb12u10",
        source: { name: "glibc" },
        architecture: "amd64",
        vendor: "GNU Libc Maintainers <debian-glibc@lists.debian.org>",
      },
      { ecosystem: "dpkg", name: "half", version: "3-1+b2", source: { name: "halves", version: "3-1" } },
    ]);
  });

  test("a file of status.d has no status and is there", () => {
    expect(parseDpkgStatus(text("Package: base-files", "Version: 12.4", "")).packages).toMatchObject([
      { name: "base-files" },
    ]);
  });

  test("lists and checksums name their package's files", () => {
    expect(parseDpkgList("var/lib/dpkg/info/libc6:amd64.list", text("/.", "/lib/libc.so.6")).owned).toEqual([
      { owner: "libc6", files: Buffer.from("/.\n/lib/libc.so.6") },
    ]);
    expect(
      parseDpkgSums("var/lib/dpkg/status.d/tzdata.md5sums", text(`${"0".repeat(32)}  usr/share/zoneinfo/UTC`)).owned,
    ).toEqual([{ owner: "tzdata", files: ["usr/share/zoneinfo/UTC"] }]);
  });
});

test("apk: packages with their origin and their files", () => {
  const { packages, owned } = parseApkInstalled(
    text(
      "C:Q1abc=",
      "P:libcrypto3",
      "V:3.3.2-r1",
      "A:x86_64",
      "o:openssl",
      "m:Ariadne <a@x>",
      "F:lib",
      "R:libcrypto.so.3",
      "a:0:0:755",
      "F:",
      "R:top",
      "",
      "P:musl",
      "V:1.2.5-r0",
      "o:musl",
      "",
      "",
    ),
  );
  expect(packages).toEqual([
    {
      ecosystem: "apk",
      name: "libcrypto3",
      version: "3.3.2-r1",
      source: { name: "openssl" },
      architecture: "x86_64",
      vendor: "Ariadne <a@x>",
    },
    { ecosystem: "apk", name: "musl", version: "1.2.5-r0" },
  ]);
  expect(owned?.[0]).toEqual({ owner: "libcrypto3", files: ["lib/libcrypto.so.3", "top"] });
});

describe("the distribution", () => {
  test("is what os-release says, quotes taken off", () => {
    expect(
      parseOsRelease(
        text(
          'ID="rocky"',
          "ID_LIKE='rhel centos fedora'",
          'VERSION_ID="9.4"',
          "# a comment",
          'PRETTY_NAME="Rocky \\"Blue\\""',
        ),
      ).distribution,
    ).toEqual({
      id: "rocky",
      idLike: ["rhel", "centos", "fedora"],
      versionId: "9.4",
      prettyName: 'Rocky "Blue"',
    });
    expect(parseOsRelease(text("NAME=x")).distribution).toBeUndefined();
  });

  test.each([
    [
      ["https://dl-cdn.alpinelinux.org/alpine/v3.21/main", "https://dl-cdn.alpinelinux.org/alpine/v3.22/community"],
      "v3.22",
    ],
    [["https://x/alpine/v3.9/main", "https://x/alpine/v3.10/main/"], "v3.10"],
    [["https://x/alpine/v3.22/main", "@edge https://x/alpine/edge/testing"], "edge"],
    [["# https://x/alpine/v3.22/main", "/media/local"], undefined],
  ])("by Alpine's repositories %j is %s", (lines, release) => {
    expect(parseApkRepositories(text(...lines)).repositoryRelease).toBe(release);
  });
});
