import fc from "fast-check";
import { expect, test } from "vitest";
import type { OfferedPackage } from "./apt-index.ts";
import { choosePackages } from "./choose-packages.ts";
import { fieldOf, parseStanza } from "./debian-stanza.ts";
import { type DpkgPackage, relationsOf, sourceOf } from "./dpkg-database.ts";

const stanzaOf = (name: string, version: string, more: string): string =>
  `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\n${more}`;

function installed(name: string, version: string, more = ""): DpkgPackage {
  const stanza = parseStanza(stanzaOf(name, version, more), "test");
  return {
    name,
    version,
    architecture: fieldOf(stanza, "architecture") ?? "",
    source: sourceOf(stanza),
    stanza,
    ...relationsOf(stanza),
    status: "install ok installed",
    file: "var/lib/dpkg/status",
  };
}
const offered = (name: string, version: string, more = ""): readonly [string, OfferedPackage] => {
  const stanza = parseStanza(stanzaOf(name, version, more), "test");
  return [
    name,
    {
      name,
      version,
      architecture: "amd64",
      source: sourceOf(stanza),
      ...relationsOf(stanza),
      stanza,
      url: `http://mirror/${name}.deb`,
      size: 1,
      sha256: "0".repeat(64),
      origin: "test",
    },
  ];
};
const fix = (source: string, fixedVersion: string, id = "CVE-1") => ({
  id,
  severity: "high" as const,
  source,
  fixedVersion,
});
const choose = (
  base: readonly DpkgPackage[],
  has: readonly (readonly [string, OfferedPackage])[],
  wanted: readonly ReturnType<typeof fix>[],
  barred: readonly (readonly [string, string])[] = [],
) => {
  const { upgrades, refused } = choosePackages({
    scheme: "dpkg",
    architecture: "amd64",
    installed: base,
    offered: new Map(has),
    wanted,
    barred: new Map(barred),
  });
  return {
    upgrades: upgrades.map((one) => `${one.installed.name} ${one.offered.version}`),
    refused: Object.fromEntries(refused),
  };
};

test("every package of a flawed source is put in place, others are not", () => {
  expect(
    choose(
      [installed("libssl3", "3.0.1", "Source: openssl\n"), installed("openssl", "3.0.1"), installed("zlib1g", "1")],
      [offered("libssl3", "3.0.2", "Source: openssl\n"), offered("openssl", "3.0.2"), offered("zlib1g", "2")],
      [fix("openssl", "3.0.2")],
    ),
  ).toEqual({ upgrades: ["libssl3 3.0.2", "openssl 3.0.2"], refused: {} });
});

test("what it needs in a newer version comes along, and says for whom", () => {
  expect(
    choose(
      [installed("app", "1", "Depends: lib (>= 1)\n"), installed("lib", "1")],
      [offered("app", "2", "Depends: lib (>= 2)\n"), offered("lib", "2")],
      [fix("app", "2")],
    ).upgrades,
  ).toEqual(["app 2", "lib 2"]);
});

test("a package that needs exactly its old neighbour comes along with it", () => {
  expect(
    choose(
      [installed("perl", "1", "Depends: perl-base (= 1)\n"), installed("perl-base", "1")],
      [offered("perl", "2", "Depends: perl-base (= 2)\n"), offered("perl-base", "2")],
      [fix("perl-base", "2")],
    ).upgrades,
  ).toEqual(["perl 2", "perl-base 2"]);
});

test.each([
  ["needs what is not there", [installed("app", "1")], [offered("app", "2", "Depends: new-lib\n")], /needs new-lib/],
  [
    "would break what is there",
    [installed("app", "1"), installed("other", "1")],
    [offered("app", "2", "Breaks: other (<< 2)\n")],
    /does not go with other/,
  ],
  [
    "is needed as it is",
    [installed("app", "1"), installed("other", "1", "Depends: app (= 1)\n")],
    [offered("app", "2")],
    /other in the image needs app \(= 1\)/,
  ],
  ["is not in the repository", [installed("app", "1")], [], /no such package/],
  ["is no newer there", [installed("app", "1")], [offered("app", "1")], /no newer/],
  ["is newer there, and still flawed", [installed("app", "1")], [offered("app", "1.5")], /the fix is 2/],
  [
    "is another architecture's",
    [installed("app", "1", "Architecture: i386\n")],
    [offered("app", "2")],
    /architecture i386/,
  ],
  ["is on hold", [{ ...installed("app", "1"), kept: "it is on hold in the image" }], [offered("app", "2")], /on hold/],
] as const)("a package that %s stays, with the reason", (_, base, has, reason) => {
  const { upgrades, refused } = choose(base, has, [fix("app", "2")]);
  expect(upgrades).toEqual([]);
  expect(refused["app"]).toMatch(reason);
});

test("what came along for a package that cannot be put in place does not come alone", () => {
  const base = [installed("app", "1", "Depends: lib\n"), installed("lib", "1")];
  const has = [offered("app", "2", "Depends: lib (>= 2)\n"), offered("lib", "2")];
  expect(choose(base, has, [fix("app", "2")], [["app", "its postinst would have to run"]])).toEqual({
    upgrades: [],
    refused: { app: "its postinst would have to run" },
  });
});

test("a dependency that the base lacks already is none of the patch's business", () => {
  const base = [installed("app", "1", "Depends: debconf\n")];
  expect(choose(base, [offered("app", "2", "Depends: debconf\n")], [fix("app", "2")]).upgrades).toEqual(["app 2"]);
});

test("whatever depends on what, it ends, and all that was met before is met after", () => {
  const names = ["a", "b", "c", "d", "e"].map((letter) => `lib${letter}`);
  const need = fc.record({
    of: fc.constantFrom(...names),
    operator: fc.constantFrom(">=", "=", "<<"),
    version: fc.integer({ min: 1, max: 3 }),
  });
  const needs = fc.array(need, { maxLength: 2 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ old: needs, next: needs, version: fc.integer({ min: 1, max: 3 }) }), {
        minLength: 5,
        maxLength: 5,
      }),
      fc.subarray(names),
      (packages, flawed) => {
        const depends = (list: readonly { of: string; operator: string; version: number }[]): string =>
          list.length === 0 ? "" : `Depends: ${list.map((n) => `${n.of} (${n.operator} ${n.version})`).join(", ")}\n`;
        const base = packages.map((one, i) => installed(names[i] ?? "", "1", depends(one.old)));
        const has = packages.map((one, i) => offered(names[i] ?? "", String(one.version), depends(one.next)));
        const { upgrades } = choose(
          base,
          has,
          flawed.map((name) => fix(name, "2")),
        );
        const after = new Map(names.map((name) => [name, 1]));
        for (const one of upgrades) after.set(one.split(" ")[0] ?? "", Number(one.split(" ")[1]));
        const holds = (
          { of, operator, version }: { of: string; operator: string; version: number },
          versions: ReadonlyMap<string, number>,
        ): boolean => {
          const there = versions.get(of) ?? 0;
          return operator === "=" ? there === version : operator === ">=" ? there >= version : there < version;
        };
        const before = new Map(names.map((name) => [name, 1]));
        packages.forEach((one, i) => {
          const changed = after.get(names[i] ?? "") !== 1;
          if (!changed) for (const each of one.old) if (holds(each, before)) expect(holds(each, after)).toBe(true);
        });
      },
    ),
    { numRuns: 300 },
  );
});
