import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { compareVersions } from "../versions/compare.ts";
import type { Advisory, ParsedRecord } from "./advisory.ts";
import { type CvssScorer, loadCvss } from "./cvss.ts";
import { holdsFor } from "./interval.ts";
import { parseOsv } from "./osv.ts";

let score: CvssScorer;
beforeAll(async () => {
  score = await loadCvss();
});

const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const parse = (value: unknown): ParsedRecord => parseOsv(bytes(value), score);
function read(value: unknown): Advisory {
  const parsed = parse(value);
  if (parsed.state !== "read" || parsed.advisories[0] === undefined)
    throw new Error(`not read: ${JSON.stringify(parsed)}`);
  return parsed.advisories[0];
}

const range = (...events: object[]): object => ({ type: "ECOSYSTEM", events });
const affects = (ecosystem: string, name: string, ...ranges: object[]): object => ({
  package: { ecosystem, name },
  ranges,
});
const record = (id: string, affected: object[], more: object = {}): object => ({ id, affected, ...more });

describe("parseOsv", () => {
  it("keeps the functions that a Go advisory names, and no other ecosystem's", () => {
    const imports = [
      { path: "example.com/a/b", symbols: ["Parse", "T.Do", 7] },
      { path: "example.com/a" },
      { symbols: ["X"] },
    ];
    const about = (ecosystem: string): unknown =>
      read(
        record("GO-1", [
          { ...affects(ecosystem, "example.com/a", range({ introduced: "0" })), ecosystem_specific: { imports } },
        ]),
      ).affected[0]?.imports;
    expect(about("Go")).toEqual([
      { path: "example.com/a/b", symbols: ["Parse", "T.Do"] },
      { path: "example.com/a", symbols: [] },
    ]);
    expect(about("npm")).toBeUndefined();
  });

  it("reads ranges, aliases, times and the advisory's address", () => {
    const advisory = read(
      record("PYSEC-2021-1", [affects("PyPI", "Jinja2.Ext_x", range({ introduced: "0" }, { fixed: "2.1" }))], {
        aliases: ["CVE-2021-1", "GHSA-a"],
        published: "2021-02-01T00:00:00Z",
        modified: "0001-01-01T00:00:00Z",
        summary: "words",
        references: [
          { type: "WEB", url: "https://other" },
          { type: "ADVISORY", url: "https://here" },
        ],
      }),
    );
    expect(advisory).toEqual({
      id: "PYSEC-2021-1",
      kind: "vulnerability",
      aliases: ["CVE-2021-1", "GHSA-a"],
      answers: [],
      summary: "words",
      url: "https://here",
      published: Date.UTC(2021, 1, 1),
      datesFix: false,
      affected: [{ scope: "PyPI", package: "jinja2-ext-x", intervals: [{ fixed: "2.1" }], versions: [] }],
    });
  });

  it("takes events in any order, several ranges, last_affected and limit", () => {
    const { affected } = read(
      record("GO-1", [
        affects(
          "Go",
          "example.com/m",
          range({ fixed: "1.2.0" }, { introduced: "1.10.0" }, { introduced: "0" }, { fixed: "1.11.1" }),
          range({ introduced: "2.0.0" }, { last_affected: "2.3.0" }),
          range({ introduced: "3.0.0" }, { limit: "4.0.0" }),
          range({ introduced: "5.0.0" }),
        ),
      ]),
    );
    expect(affected[0]?.intervals).toEqual([
      { fixed: "1.2.0" },
      { introduced: "1.10.0", fixed: "1.11.1" },
      { introduced: "2.0.0", last: "2.3.0" },
      { introduced: "3.0.0", below: "4.0.0" },
      { introduced: "5.0.0" },
    ]);
  });

  it("keeps single versions only where no range has them", () => {
    const { affected } = read(
      record("X-1", [
        {
          ...affects("PyPI", "x", range({ introduced: "1.0" }, { fixed: "2.0" })),
          versions: ["1.0", "1.5", "0.9", "2.0", "weird"],
        },
      ]),
    );
    expect(affected[0]?.versions).toEqual(["0.9", "2.0", "weird"]);
  });

  it("says what does not count, and why", () => {
    const some = [affects("PyPI", "x", range({ introduced: "0" }))];
    expect(parse(record("A-1", some, { withdrawn: "2024-01-01T00:00:00Z" }))).toEqual({ state: "withdrawn" });
    expect(parse(record("A-1", [affects("Linux", "Kernel", range({ introduced: "0" }))]))).toEqual({
      state: "irrelevant",
    });
    expect(parse(record("A-1", []))).toEqual({ state: "irrelevant" });
    expect(parse(record("A-1", [affects("PyPI", "x", { type: "GIT", events: [] })]))).toEqual({ state: "irrelevant" });
    expect(parse(record("A-1", [affects("PyPI", "x", { type: "NEW", events: [] })])).state).toBe("unreadable");
    expect(parse({ affected: some }).state).toBe("unreadable");
    expect(parse("{").state).toBe("unreadable");
    expect(parse("[]").state).toBe("unreadable");
  });

  it("marks malicious packages, with whatever versions", () => {
    const advisory = read(record("MAL-2024-1", [{ package: { ecosystem: "npm", name: "evil" } }]));
    expect(advisory.kind).toBe("malicious");
    expect(advisory.affected[0]?.intervals).toEqual([{}]);
  });

  it("takes the flaws that an erratum answers, and no mere bug fix", () => {
    const some = [affects("AlmaLinux:9", "x", range({ introduced: "0" }, { fixed: "1-2.el9" }))];
    const advisory = read(
      record("ALSA-2024:1", some, { related: ["CVE-2024-1", "CVE-2024-2"], summary: "Important: x security update" }),
    );
    expect(advisory.answers).toEqual(["CVE-2024-1", "CVE-2024-2"]);
    expect(advisory.vendor).toEqual({ by: "distribution", level: "high" });
    expect(advisory.datesFix).toBe(true);
    expect(parse(record("ALBA-2024:1", some, { related: [] }))).toEqual({ state: "irrelevant" });
    expect(
      read(
        record("DSA-1-1", [affects("Debian:12", "x", range({ introduced: "0" }, { fixed: "1" }))], {
          upstream: ["DEBIAN-CVE-2024-3"],
        }),
      ).answers,
    ).toEqual(["CVE-2024-3"]);
  });

  it("takes a module's stream from an erratum's summary, for the versions that are a module's", () => {
    const { affected } = read(
      record(
        "ALSA-2024:2",
        [
          affects("AlmaLinux:9", "nodejs", range({ introduced: "0" }, { fixed: "1:18.1-1.module_el9.2.0+1" })),
          affects("AlmaLinux:9", "other", range({ introduced: "0" }, { fixed: "1-1.el9" })),
        ],
        { related: ["CVE-1"], summary: "Moderate: nodejs:18 security update" },
      ),
    );
    expect(affected.map((each) => each.module)).toEqual(["nodejs:18", undefined]);
  });

  it("rates by the vendor, and scores the newest CVSS vector that is one", () => {
    const some = [affects("PyPI", "x", range({ introduced: "0" }))];
    const rated = read(
      record("GHSA-1", some, {
        database_specific: { severity: "MODERATE" },
        severity: [
          { type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
          { type: "CVSS_V4", score: "CVSS:4.0/broken" },
        ],
      }),
    );
    expect(rated.vendor).toEqual({ by: "github", level: "medium" });
    expect(rated.cvss).toEqual({ vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", score: 9.8 });
    const ubuntu = read(
      record("UBUNTU-CVE-1", [affects("Ubuntu:24.04:LTS", "x", range({ introduced: "0" }))], {
        severity: [{ type: "Ubuntu", score: "low" }],
      }),
    );
    expect(ubuntu.vendor).toEqual({ by: "ubuntu", level: "low" });
    expect(ubuntu.affected[0]?.scope).toBe("ubuntu:24.04");
    const pro = read(record("UBUNTU-CVE-1", [affects("Ubuntu:Pro:18.04:LTS", "x", range({ introduced: "0" }))]));
    expect(pro.affected[0]?.scope).toBe("ubuntu-pro:18.04");
    expect(read(record("A-1", some)).vendor).toBeUndefined();
  });

  it("survives whatever is handed in", () => {
    const deep = `{"id":"x","affected":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    expect(parse(deep).state).toBe("unreadable");
    expect(parse('{"id":"x","__proto__":{"withdrawn":"2024-01-01T00:00:00Z"},"affected":[]}').state).toBe("irrelevant");
    expect(({} as Record<string, unknown>)["withdrawn"]).toBeUndefined();
    expect(parse(record("x", [affects("PyPI", "n".repeat(5000), range({ introduced: "0" }))])).state).toBe(
      "unreadable",
    );
    expect(parse(record("x", [affects("constructor", "x", range({ introduced: "0" }))])).state).toBe("irrelevant");
    const anything = fc.record(
      { id: fc.string(), affected: fc.array(fc.object({ maxDepth: 4 })) },
      { requiredKeys: ["id"] },
    );
    fc.assert(fc.property(fc.oneof(anything, fc.object({ maxDepth: 3 })), (value) => void parse(value)));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => void parseOsv(raw, score)));
  });
});

/** The evaluation that the OSV specification gives, event by event. */
function specified(
  events: readonly { kind: "introduced" | "fixed" | "last_affected"; at: number }[],
  version: number,
): boolean {
  let vulnerable = false;
  const rank = { fixed: 0, last_affected: 0, introduced: 1 };
  for (const { kind, at } of events.toSorted((a, b) => a.at - b.at || rank[a.kind] - rank[b.kind])) {
    if (kind === "introduced" && version >= at) vulnerable = true;
    if (kind === "fixed" && version >= at) vulnerable = false;
    if (kind === "last_affected" && version > at) vulnerable = false;
  }
  return vulnerable;
}

describe("intervals", () => {
  const kind = fc.constantFrom("introduced" as const, "fixed" as const, "last_affected" as const);
  const list = fc.uniqueArray(fc.record({ kind, at: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 6,
    selector: (e) => e.at,
  });

  it("hold exactly where the specification's evaluation does", () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 10 }), (events, version) => {
        const parsed = parse(
          record("X-1", [affects("PyPI", "x", range(...events.map(({ kind: name, at }) => ({ [name]: `${at}.0` }))))]),
        );
        const intervals = parsed.state === "read" ? (parsed.advisories[0]?.affected[0]?.intervals ?? []) : [];
        const holds = intervals.some((each) => holdsFor((a, b) => compareVersions("PyPI", a, b), each, `${version}.0`));
        expect(holds).toBe(specified(events, version));
      }),
      { numRuns: 500 },
    );
  });
});
