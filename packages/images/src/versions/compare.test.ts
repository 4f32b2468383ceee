import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackageEcosystem } from "../inventory.ts";
import { compareRpmSourceVersions, compareVersions, isVersion } from "./compare.ts";

/** Pairs made up at random with the verdict of each native tool, and `upstream/`: what those tools are tested with themselves. */
const tables: readonly (readonly [table: string, ecosystem: PackageEcosystem])[] = [
  ["dpkg", "dpkg"],
  ["rpm", "rpm"],
  ["pep440", "PyPI"],
  ["rubygems", "RubyGems"],
  ["maven", "Maven"],
  ["semver", "npm"],
  ["go", "Go"],
  ["upstream/apk", "apk"],
  ["upstream/dpkg", "dpkg"],
  ["upstream/rpm", "rpm"],
  ["upstream/pep440", "PyPI"],
  ["upstream/rubygems", "RubyGems"],
  ["upstream/maven", "Maven"],
  ["upstream/semver", "npm"],
  ["upstream/go", "Go"],
];

/** Where our reading is wider than the tool's on purpose, the pair has an order here and none there. */
const wider = new Set(["semver", "go"]);

type Row = readonly [a: string, verdict: string, b: string];

/** A line's versions, each with every later one that its signs order it with: `a < b = c` is three rows, `a < b > c` two. */
function rowsOf(line: string): Row[] {
  const words = line.split(" ");
  const rows: Row[] = [];
  for (let from = 0; from + 2 < words.length; from += 2) {
    let so = "=";
    for (let to = from + 2; to < words.length; to += 2) {
      const sign = words[to - 1] ?? "";
      if (so !== "=" && sign !== "=" && sign !== so) break;
      if (sign !== "=") so = sign;
      rows.push([words[from] ?? "", so, words[to] ?? ""]);
    }
  }
  return rows;
}

const rows = (table: string): Row[] =>
  readFileSync(join(import.meta.dirname, "fixtures", `${table}.txt`), "utf8")
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("# "))
    .flatMap(rowsOf);

describe.each(tables)("%s", (table, ecosystem) => {
  it("orders as the native tool does", () => {
    const wrong = rows(table).filter(([a, verdict, b]) => {
      const ours = compareVersions(ecosystem, a, b);
      if (verdict === "!") return !wider.has(table) && ours !== "unparsable";
      return ours !== (verdict === "<" ? -1 : verdict === ">" ? 1 : 0);
    });
    expect(wrong.map((row) => row.join(" "))).toEqual([]);
  });

  it("is the same backwards", () => {
    for (const [a, , b] of rows(table)) {
      const forwards = compareVersions(ecosystem, a, b);
      const backwards = compareVersions(ecosystem, b, a);
      expect(typeof forwards === "number" && typeof backwards === "number" ? forwards + backwards : forwards).toBe(
        typeof forwards === "number" ? 0 : backwards,
      );
    }
  });
});

const piece = fc.constantFrom("0", "1", "10", "02", "a", "rc", "b", ".", ".", "-", "~", "+", "_p", "^", "1");
const wild = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
const ordered: readonly PackageEcosystem[] = ["dpkg", "rpm", "apk", "PyPI", "RubyGems", "npm", "Go", "NuGet"];

describe.each(ordered)("the order of %s", (ecosystem) => {
  const version = fc
    .tuple(fc.constantFrom("", "1.", "1.0-", "1.0.0-"), wild)
    .map((parts) => parts.join(""))
    .filter((text) => isVersion(ecosystem, text));

  it("is transitive, and total over what is a version", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [x = a, y = b, z = c] = [a, b, c].toSorted((p, q) => compareVersions(ecosystem, p, q) as number);
        expect(compareVersions(ecosystem, x, y)).toBeLessThanOrEqual(0);
        expect(compareVersions(ecosystem, y, z)).toBeLessThanOrEqual(0);
        expect(compareVersions(ecosystem, x, z)).toBeLessThanOrEqual(0);
        expect(compareVersions(ecosystem, a, a)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("compareVersions", () => {
  it("never throws, whatever is handed in", () => {
    const any = fc.oneof(wild, fc.string({ maxLength: 300, unit: "binary" }));
    fc.assert(
      fc.property(fc.constantFrom(...ordered, "Maven" as const), any, any, (ecosystem, a, b) => {
        expect([-1, 0, 1, "unparsable"]).toContain(compareVersions(ecosystem, a, b));
      }),
    );
  });

  it("names what has no order here", () => {
    expect(compareVersions("Packagist", "1.0", "1.1")).toBe("no-order");
    expect(compareVersions("unknown", "1.0", "1.0")).toBe(0);
    expect(compareVersions("PyPI", "1.0", "not a version")).toBe("unparsable");
    expect(compareVersions("npm", "1.0.0", `1.0.0-${"a".repeat(300)}`)).toBe("unparsable");
  });

  it("takes numbers of any length", () => {
    const long = "9".repeat(60);
    expect(compareVersions("PyPI", `1.${long}`, `1.${long}9`)).toBe(-1);
    expect(compareVersions("rpm", `1.${long}8-1`, `1.${long}9-1`)).toBe(-1);
    expect(compareVersions("npm", `1.${long}.0`, "1.2.0")).toBe(1);
    const zeros = "0".repeat(20);
    for (const ecosystem of ["PyPI", "RubyGems", "Maven", "npm", "rpm", "dpkg"] as const)
      expect([ecosystem, compareVersions(ecosystem, `1.${zeros}`, "1.0")]).toEqual([ecosystem, 0]);
    expect(compareVersions("RubyGems", `1.${zeros}`, "1")).toBe(0);
    expect(compareVersions("PyPI", `1.${zeros}`, "1")).toBe(0);
  });

  it("orders Go's own releases among semantic versions", () => {
    expect(compareVersions("Go", "go1.24.1", "1.24.2")).toBe(-1);
    expect(compareVersions("Go", "go1.24rc1", "1.24.0-rc.2")).toBe(-1);
    expect(compareVersions("Go", "go1.24", "1.24.0-rc.2")).toBe(1);
    expect(compareVersions("Go", "go1.24.1 X:boringcrypto", "1.24.1")).toBe(0);
    expect(compareVersions("Go", "(devel)", "1.24.1")).toBe("unparsable");
    expect(compareVersions("Go", "v2.0.0+incompatible", "2.0.0")).toBe(0);
  });

  it("ignores an epoch that stands on one side only, for rpm sources alone", () => {
    expect(compareVersions("rpm", "1:1.0-1", "2.0-1")).toBe(1);
    expect(compareRpmSourceVersions("1:1.0-1", "2.0-1")).toBe(-1);
    expect(compareRpmSourceVersions("1:1.0-1", "0:2.0-1")).toBe(1);
  });
});
