import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Affected } from "./advisory.ts";
import { AdvisoryError } from "./advisory-error.ts";
import { alpineSecdb } from "./alpine-secdb.ts";
import { debianSuiteRecords } from "./debian-suite.ts";
import { debianTrackerRecords } from "./debian-tracker.ts";
import { recogniseText } from "./recognise.ts";
import { parseRedHatVex } from "./redhat-vex.ts";
import { readEndOfLife, readEpss, readKev } from "./small-sources.ts";
import type { SourceRecord } from "./take-in.ts";

const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
const affectedOf = (records: readonly SourceRecord[]): [string, Affected][] =>
  records.flatMap((record) => {
    const parsed = record.parse();
    return parsed.state === "read"
      ? parsed.advisories.flatMap((a) => a.affected.map((b): [string, Affected] => [a.id, b]))
      : [];
  });

describe("Debian's tracker", () => {
  const release = (more: object): object => ({
    status: "resolved",
    repositories: {},
    urgency: "not yet assigned",
    ...more,
  });
  const tracker = {
    openssl: {
      "CVE-2024-1": {
        description: "words",
        releases: {
          bookworm: release({ fixed_version: "3.0.1-1~deb12u1", urgency: "medium" }),
          trixie: release({ fixed_version: "0" }),
          sid: release({ status: "open" }),
          bullseye: release({ status: "open", nodsa: "Minor issue", nodsa_reason: "ignored" }),
          buster: release({ status: "open", urgency: "end-of-life" }),
          forky: release({ status: "undetermined" }),
        },
      },
    },
    broken: { "CVE-1": 3 },
  };

  it("gives fixes by release, `0` as never affected, and the vendor's reasons", async () => {
    const records: SourceRecord[] = [];
    for await (const record of debianTrackerRecords(once(JSON.stringify(tracker)))) records.push(record);
    expect(affectedOf(records)).toEqual([
      [
        "CVE-2024-1",
        {
          scope: "debian:12",
          package: "openssl",
          intervals: [{ fixed: "3.0.1-1~deb12u1" }],
          versions: [],
          level: "medium",
        },
      ],
      ["CVE-2024-1", { scope: "debian:sid", package: "openssl", intervals: [{}], versions: [] }],
      ["CVE-2024-1", { scope: "debian:11", package: "openssl", intervals: [{}], versions: [], noFix: "wont-fix" }],
      ["CVE-2024-1", { scope: "debian:10", package: "openssl", intervals: [{}], versions: [], noFix: "end-of-life" }],
    ]);
    expect(records[1]?.parse().state).toBe("unreadable");
  });
});

describe("a Debian security suite's index", () => {
  it("gives the newest version of each source", async () => {
    const index = [
      "Package: libssl3\nSource: openssl\nVersion: 3.0.9-1~deb12u1",
      "Package: libssl3\nSource: openssl\nVersion: 3.0.14-1~deb12u2",
      "Package: bash-x\nSource: bash (5.2-1)\nVersion: 5.2-1+b3",
      "Package: curl\nVersion: 7.88.1-10",
      "Package: without-version",
    ].join("\n\n");
    const records = await debianSuiteRecords(once(`${index}\n`), "bookworm");
    expect(affectedOf(records).map(([id, { scope, intervals }]) => [id, scope, intervals[0]?.fixed])).toEqual([
      ["bookworm-security:openssl", "debian:12", "3.0.14-1~deb12u2"],
      ["bookworm-security:bash", "debian:12", "5.2-1"],
      ["bookworm-security:curl", "debian:12", "7.88.1-10"],
    ]);
  });
});

describe("Alpine's secdb", () => {
  it("gives fixes by origin, and `0` as never affected", () => {
    const { repository, records } = alpineSecdb(
      bytes({
        distroversion: "v3.22",
        reponame: "main",
        packages: [
          {
            pkg: {
              name: "busybox",
              secfixes: { "1.37.0-r1": ["CVE-2024-1 GHSA-x", "CVE-2024-2"], "0": ["CVE-2024-3"] },
            },
          },
          { pkg: { name: "odd" } },
        ],
      }),
      "test",
    );
    expect(repository).toBe("v3.22/main");
    expect(
      affectedOf(records).map(([id, { scope, package: name, intervals }]) => [id, scope, name, intervals[0]]),
    ).toEqual([
      ["CVE-2024-1", "alpine:v3.22", "busybox", { fixed: "1.37.0-r1" }],
      ["CVE-2024-2", "alpine:v3.22", "busybox", { fixed: "1.37.0-r1" }],
    ]);
    expect(records[1]?.parse().state).toBe("unreadable");
    expect(() => alpineSecdb(bytes({}), "test")).toThrow(AdvisoryError);
  });
});

describe("Red Hat's VEX", () => {
  const product = (id: string, helper: object): object => ({
    product: { product_id: id, name: id, product_identification_helper: helper },
  });
  const inRelease = (id: string, part: string, whole: string): object => ({
    category: "default_component_of",
    full_product_name: { product_id: id, name: id },
    product_reference: part,
    relates_to_product_reference: whole,
  });
  const document = {
    document: {
      csaf_version: "2.0",
      aggregate_severity: { text: "Important" },
      tracking: {
        id: "CVE-2024-1",
        initial_release_date: "2024-01-02T00:00:00Z",
        current_release_date: "2024-02-02T00:00:00Z",
      },
    },
    product_tree: {
      branches: [
        {
          branches: [
            product("BaseOS-9", { cpe: "cpe:/o:redhat:enterprise_linux:9::baseos" }),
            product("EUS-9.2", { cpe: "cpe:/o:redhat:rhel_eus:9.2::baseos" }),
            product("openssl-libs-fixed", { purl: "pkg:rpm/redhat/openssl-libs@3.0.7-25.el9_3?arch=x86_64&epoch=1" }),
            product("red_hat_8", { cpe: "cpe:/o:redhat:enterprise_linux:8" }),
            product("openssl-any", { purl: "pkg:rpm/redhat/openssl" }),
            product("nodejs-module", {
              purl: "pkg:rpm/redhat/nodejs@18.1-1.module%2Bel9?arch=src&rpmmod=nodejs:18:9:abc",
            }),
          ],
        },
      ],
      relationships: [
        inRelease("9:libs", "openssl-libs-fixed", "BaseOS-9"),
        inRelease("eus:libs", "openssl-libs-fixed", "EUS-9.2"),
        inRelease("8:openssl", "openssl-any", "red_hat_8"),
        inRelease("9:nodejs", "nodejs-module", "BaseOS-9"),
      ],
    },
    vulnerabilities: [
      {
        cve: "CVE-2024-1",
        title: "openssl: words",
        product_status: {
          fixed: ["9:libs", "eus:libs", "9:nodejs"],
          known_affected: ["8:openssl"],
          known_not_affected: ["9:other"],
        },
        remediations: [{ category: "no_fix_planned", product_ids: ["8:openssl"] }],
        threats: [{ category: "impact", details: "Low", product_ids: ["8:openssl"] }],
        scores: [{ cvss_v3: { vectorString: "CVSS:3.1/AV:N" }, products: [] }],
      },
    ],
  };

  it("gives fixed and unfixed packages of ordinary releases, with epoch, module and rating", () => {
    const parsed = parseRedHatVex(bytes(document), () => 7.5);
    const [advisory] = parsed.state === "read" ? parsed.advisories : [];
    expect(advisory?.vendor).toEqual({ by: "redhat", level: "high" });
    expect(advisory?.affected).toEqual([
      { scope: "rhel:9", package: "openssl-libs", intervals: [{ fixed: "1:3.0.7-25.el9_3" }], versions: [] },
      {
        scope: "rhel:9",
        package: "nodejs",
        intervals: [{ fixed: "18.1-1.module+el9" }],
        versions: [],
        module: "nodejs:18",
      },
      { scope: "rhel:8", package: "openssl", intervals: [{}], versions: [], level: "low", noFix: "wont-fix" },
    ]);
  });

  it("survives whatever is handed in", () => {
    fc.assert(
      fc.property(
        fc.object({ maxDepth: 4 }),
        (value) => void parseRedHatVex(bytes({ ...document, ...value }), () => undefined),
      ),
    );
  });
});

describe("KEV, EPSS and endoflife.date", () => {
  it("count what they hold, and name what they could not read", () => {
    const kev = readKev(
      bytes({
        dateReleased: "2025-08-25T17:04:19Z",
        vulnerabilities: [
          { cveID: "CVE-2024-1", dateAdded: "2024-01-02", knownRansomwareCampaignUse: "Known" },
          { cveID: "CVE-2" },
        ],
      }),
    );
    expect([kev.records, kev.newest, kev.unreadable]).toEqual([
      1,
      Date.UTC(2025, 7, 25, 17, 4, 19),
      [{ name: "CVE-2", why: "no CVE, or no date" }],
    ]);
    const epss = readEpss(
      bytes(
        "#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\nCVE-2024-1001,0.5,0.99\nCVE-2024-1002,1e-05,0.1\nx,y\nCVE-2024-1003,7,0\n",
      ),
    );
    expect([epss.records, epss.newest, epss.unreadable.length]).toEqual([2, Date.UTC(2025, 7, 25, 12, 55), 2]);
    const cycles = readEndOfLife(
      bytes({
        last_modified: "2026-08-01T00:00:00Z",
        result: [
          {
            name: "debian",
            releases: [{ name: "12", codename: "Bookworm", eolFrom: "2026-07-11", eoesFrom: "2028-06-30" }, {}],
          },
          {},
        ],
      }),
    );
    expect([cycles.records, cycles.newest, cycles.unreadable.length]).toEqual([1, Date.UTC(2026, 7, 1), 1]);
    for (const read of [readKev, readEpss, readEndOfLife]) expect(() => read(bytes("{}"))).toThrow(AdvisoryError);
  });
});

describe("recogniseText", () => {
  it("tells sources by what they hold", () => {
    const kinds = [
      ["#model_version:v1\ncve,epss,percentile\n", "x"],
      [
        "Package: a\nVersion: 1\n",
        "lists/deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages",
      ],
      ["Package: a\nVersion: 1\n", "lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages"],
      ['{"title":"x","catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-1"}]}', "x.json"],
      ['{"document":{"csaf_version":"2.0"}}', "x.json"],
      ['{"distroversion":"v3.22","reponame":"main"}', "x.json"],
      ['{"schema_version":"1.2.0","result":[{"name":"a","releases":[{"eolFrom":null}]}]}', "x.json"],
      ['{"id":"GO-1","affected":[]}', "x.json"],
      ['{"a":{"CVE-1":{"releases":{"sid":{"status":"open","repositories":{}}}}}}', "json"],
      ['{"other":1}', "x.json"],
    ] as const;
    expect(kinds.map(([text, name]) => recogniseText(text, name))).toEqual([
      "epss",
      "debian-suite",
      undefined,
      "kev",
      "redhat-vex",
      "alpine-secdb",
      "endoflife",
      "osv",
      "debian-tracker",
      undefined,
    ]);
  });
});

describe("every reader", () => {
  const key = fc.constantFrom(
    "releases",
    "pkg",
    "secfixes",
    "result",
    "vulnerabilities",
    "name",
    "cveID",
    "__proto__",
    "constructor",
    "x",
  );
  const hostile = fc.object({ key, maxDepth: 5 });
  const own = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof AdvisoryError)) throw error;
    }
  };

  it("fails by its own error only, whatever is handed in", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const text = bytes(value);
        for (const read of [readKev, readEpss, readEndOfLife]) own(() => read(text));
        own(() =>
          alpineSecdb(
            bytes({ distroversion: "v1", reponame: "r", packages: [value, { pkg: value }] }),
            "t",
          ).records.map((r) => r.parse()),
        );
        for await (const record of debianTrackerRecords(once(JSON.stringify({ a: value, b: { c: value } }))))
          record.parse();
        await debianSuiteRecords(once(JSON.stringify(value, undefined, 1)), "sid");
      }),
    );
    const line = fc.array(
      fc.constantFrom("Package: a", "Version: 1", "Source: b (2)", "Source: (", "", ":", "Version: "),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(line, async (lines) => {
        for (const record of await debianSuiteRecords(once(lines.join("\n")), "sid"))
          expect(record.parse().state).toBe("read");
      }),
    );
  });
});
