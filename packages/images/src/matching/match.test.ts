import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Distribution, Package } from "../inventory.ts";
import type { Finding, MatchResult } from "./finding.ts";
import { type Made, madeAdvisory, madeDatabase, madeGoFunctions, madeInventory, madePackage } from "./made-database.ts";
import { createMatcher, match, noVex } from "./match.ts";

const now = Date.UTC(2026, 0, 2);
const debian: Distribution = { id: "debian", versionId: "12" };
const alma: Distribution = { id: "almalinux", versionId: "9.4" };
const matched = (made: Made, packages: readonly Package[], distribution?: Distribution): MatchResult =>
  match(madeInventory(packages, distribution), madeDatabase(made), noVex, now);
const found = (made: Made, packages: readonly Package[], distribution?: Distribution): readonly Finding[] =>
  matched(made, packages, distribution).findings;
const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

describe("Debian and Ubuntu", () => {
  const tracker = (fixed?: string): Made => ({
    advisories: {
      tracker: [madeAdvisory("CVE-1", "debian:12", "openssl", [fixed === undefined ? {} : { fixed }])],
    },
  });
  const libssl = (version: string, source = version): Package =>
    madePackage("dpkg", "libssl3", version, { source: { name: "openssl", version: source } });

  it("match the source package's name and version", () => {
    expect(ids(found(tracker("3.0.2-1"), [libssl("3.0.1-1")], debian))).toEqual(["CVE-1"]);
    expect(found(tracker("3.0.2-1"), [libssl("3.0.2-1")], debian)).toEqual([]);
    expect(found(tracker("3.0.2-1"), [libssl("1:9", "3.0.2-1")], debian)).toEqual([]);
    expect(found(tracker("3.0.2-1"), [madePackage("dpkg", "openssl-other", "1")], debian)).toEqual([]);
    expect(found(tracker("3.0.2-1"), [libssl("3.0.1-1")], { id: "debian", versionId: "11" })).toEqual([]);
  });

  it("leave a binary rebuild's suffix aside", () => {
    const fixed = { advisories: { tracker: [madeAdvisory("CVE-1", "debian:12", "bash", [{ fixed: "5.2-1" }])] } };
    expect(found(fixed, [madePackage("dpkg", "bash", "5.2-1+b3")], debian)).toEqual([]);
    const later = {
      advisories: { tracker: [madeAdvisory("CVE-1", "debian:12", "bash", [{ fixed: "5.2-1+deb12u1" }])] },
    };
    expect(ids(found(later, [madePackage("dpkg", "bash", "5.2-1+b3")], debian))).toEqual(["CVE-1"]);
  });

  it("leave the kernel's headers to whoever runs a kernel", () => {
    const made = {
      advisories: {
        s: [madeAdvisory("CVE-1", "debian:12", "linux", [{}]), madeAdvisory("CVE-2", "debian:12", "headers", [{}])],
      },
    };
    const of = (name: string, source: string): Package =>
      madePackage("dpkg", name, "6.1.1-1", { source: { name: source } });
    const headers = [
      of("linux-libc-dev", "linux"),
      of("linux-headers-6.1.0-1-amd64", "linux-signed-amd64"),
      of("linux-libc-dev", "linux-riscv-6.8"),
    ];
    const result = matched(made, headers, debian);
    expect([result.findings, result.kernelHeaders]).toEqual([[], 3]);
    expect(ids(found(made, [of("linux-perf", "linux"), of("linux-headers-x", "headers")], debian))).toEqual([
      "CVE-2",
      "CVE-1",
    ]);
  });

  it("know by codename what a release is numbered", () => {
    expect(ids(found(tracker("3.0.2-1"), [libssl("3.0.1-1")], { id: "debian", codename: "bookworm" }))).toEqual([
      "CVE-1",
    ]);
  });

  it("say unfixed where there is no fix, with the vendor's reason", () => {
    expect(found(tracker(), [libssl("3.0.1-1")], debian)[0]?.fix).toEqual({ state: "none" });
    const ignored = madeAdvisory("CVE-1", "debian:12", "openssl", [{}], { affected: { noFix: "wont-fix" } });
    expect(found({ advisories: { tracker: [ignored] } }, [libssl("3")], debian)[0]?.fix).toEqual({ state: "wont-fix" });
  });

  it("take the newest of several fixes, and its day", () => {
    const erratum = (id: string, fixed: string, month: number) =>
      madeAdvisory(id, "debian:12", "openssl", [{ fixed }], {
        answers: ["CVE-1"],
        datesFix: true,
        published: Date.UTC(2025, month, 1),
      });
    const two = { advisories: { osv: [erratum("DSA-1", "3.0.2-1", 1), erratum("DSA-2", "3.0.10-1", 2)] } };
    const [finding, ...rest] = found(two, [libssl("3.0.1-1")], debian);
    expect(rest).toEqual([]);
    expect(finding?.ids).toEqual(["CVE-1", "DSA-1", "DSA-2"]);
    expect(finding?.fix).toEqual({
      state: "available",
      version: "3.0.10-1",
      since: { at: Date.UTC(2025, 2, 1), basis: "erratum" },
    });
    expect(ids(found(two, [libssl("3.0.5-1")], debian))).toEqual(["CVE-1"]);
  });

  it("show a security suite's update only where no flaw explains it", () => {
    const update = madeAdvisory("bookworm-security:openssl", "debian:12", "openssl", [{ fixed: "3.0.2-1" }], {
      kind: "update",
    });
    expect(found({ advisories: { suite: [update] }, fixesSeen: 5 }, [libssl("3.0.1-1")], debian)).toMatchObject([
      {
        kind: "update",
        severity: { level: "unknown" },
        fix: { version: "3.0.2-1", since: { at: 5, basis: "first-seen" } },
      },
    ]);
    const both = { advisories: { suite: [update], ...tracker("3.0.2-1").advisories } };
    expect(ids(found(both, [libssl("3.0.1-1")], debian))).toEqual(["CVE-1"]);
  });
});

describe("Alpine", () => {
  it("matches the origin, in the release that the repositories name", () => {
    const made = { advisories: { secdb: [madeAdvisory("CVE-1", "alpine:v3.22", "openssl", [{ fixed: "3.5.1-r0" }])] } };
    const library = madePackage("apk", "libcrypto3", "3.5.0-r0", { source: { name: "openssl" } });
    expect(ids(found(made, [library], { id: "alpine", versionId: "3.21.0", repositoryRelease: "v3.22" }))).toEqual([
      "CVE-1",
    ]);
    expect(found(made, [library], { id: "alpine", versionId: "3.21.0" })).toEqual([]);
  });
});

describe("rpm", () => {
  const fixed = (name: string, version: string, scope = "almalinux:9", module?: string): Made => ({
    advisories: {
      osv: [
        madeAdvisory("ALSA-1", scope, name, [{ fixed: version }], { affected: module === undefined ? {} : { module } }),
      ],
    },
  });

  it("counts a missing epoch as 0 on a direct match", () => {
    expect(ids(found(fixed("x", "1:1.0-1"), [madePackage("rpm", "x", "2.0-1")], alma))).toEqual(["ALSA-1"]);
    expect(found(fixed("x", "1.0-1"), [madePackage("rpm", "x", "1:0.5-1")], alma)).toEqual([]);
  });

  it("ignores an epoch on one side through the source", () => {
    const suse: Distribution = { id: "sles", versionId: "15.6" };
    const library = (version: string) =>
      madePackage("rpm", "libx1", version, { source: { name: "x", version: "1:2.0-1" } });
    expect(found(fixed("x", "1.9-1", "sles:15.6"), [library("2.0-1")], suse)).toEqual([]);
    expect(ids(found(fixed("x", "2.1-1", "sles:15.6"), [library("2.0-1")], suse))).toEqual(["ALSA-1"]);
  });

  it("keeps streams of a module apart, and modules from ordinary packages", () => {
    const made = fixed("nodejs", "1:20.5-1.module_el9", "almalinux:9", "nodejs:20");
    const node = (modularity?: string, version = "1:18.1-1.module_el9") =>
      madePackage("rpm", "nodejs", version, modularity === undefined ? {} : { modularity });
    expect(ids(found(made, [node("nodejs:20:9020:rhel9")], alma))).toEqual(["ALSA-1"]);
    expect(found(made, [node("nodejs:18:9020:rhel9")], alma)).toEqual([]);
    expect(found(made, [node(undefined, "1:18.1-1.el9")], alma)).toEqual([]);
    expect(matched(made, [node()], alma)).toMatchObject({
      findings: [],
      undecided: [{ why: "module-unknown", id: "ALSA-1" }],
    });
    const plain = fixed("nodejs", "1:20.5-1.el9");
    expect(found(plain, [node("nodejs:18:9020:rhel9")], alma)).toEqual([]);
    expect(ids(found(plain, [node(undefined, "1:18.1-1.el9")], alma))).toEqual(["ALSA-1"]);
  });

  it("leaves what others built to others", () => {
    const result = matched(fixed("x", "2-1"), [madePackage("rpm", "x", "1-1", { vendor: "Someone Inc." })], alma);
    expect(result.findings).toEqual([]);
    expect(result.thirdParty.map(({ name }) => name)).toEqual(["x"]);
    expect(ids(found(fixed("x", "2-1"), [madePackage("rpm", "x", "1-1", { vendor: "AlmaLinux" })], alma))).toEqual([
      "ALSA-1",
    ]);
  });
});

describe("language packages", () => {
  const jinja = madePackage("PyPI", "Jinja2", "2.11.2");
  const pysec = madeAdvisory("PYSEC-1", "PyPI", "jinja2", [{ fixed: "2.11.3" }], {
    aliases: ["CVE-1", "GHSA-1"],
    published: 7,
  });

  it("are matched by their normalised name, and folded over aliases into one finding", () => {
    const ghsa = madeAdvisory("GHSA-1", "PyPI", "jinja2", [{ fixed: "3.0" }], { aliases: ["CVE-1"], published: 5 });
    const lone = madeAdvisory("PYSEC-2", "PyPI", "jinja2", [{}]);
    const findings = found({ advisories: { a: [pysec, lone], b: [ghsa] } }, [jinja]);
    expect(findings.map(({ id, sources, fix, published }) => [id, sources, fix.version, published])).toEqual([
      ["CVE-1", ["a", "b"], "3.0", 5],
      ["PYSEC-2", ["a"], undefined, undefined],
    ]);
  });

  it("that share a name only through a third are one all the same", () => {
    const chain = [
      madeAdvisory("A", "PyPI", "jinja2", [{}], { aliases: ["X"] }),
      madeAdvisory("B", "PyPI", "jinja2", [{}], { aliases: ["Y"] }),
      madeAdvisory("C", "PyPI", "jinja2", [{}], { aliases: ["X", "Y"] }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(chain, { minLength: 3 }), (advisories) => {
        expect(found({ advisories: { a: advisories } }, [jinja])).toHaveLength(1);
      }),
    );
  });

  it("of an OS package are left to the distribution", () => {
    const result = matched({ advisories: { a: [pysec] } }, [{ ...jinja, ownedBy: "python3-jinja2" }], debian);
    expect([result.findings, result.ownedByDistribution]).toEqual([[], 1]);
  });

  it("with a version that is none are undecided where an advisory might hold", () => {
    const made = { advisories: { a: [madeAdvisory("GO-1", "Go", "example.com/m", [{ fixed: "1.2.0" }])] } };
    const result = matched(made, [madePackage("Go", "example.com/m", "(devel)")]);
    expect([result.findings, result.undecided.map(({ id, why }) => [id, why])]).toEqual([
      [],
      [["GO-1", "version-unparsable"]],
    ]);
    const all = { advisories: { a: [madeAdvisory("GO-1", "Go", "example.com/m", [{}])] } };
    expect(ids(found(all, [madePackage("Go", "example.com/m", "(devel)")]))).toEqual(["GO-1"]);
    const php = {
      advisories: {
        a: [madeAdvisory("P-1", "Packagist", "a/b", [{ fixed: "1.2" }], { affected: { versions: ["1.0"] } })],
      },
    };
    expect(ids(found(php, [madePackage("Packagist", "A/b", "1.0")]))).toEqual(["P-1"]);
    expect(matched(php, [madePackage("Packagist", "a/b", "1.1")]).undecided).toMatchObject([
      { why: "no-version-order" },
    ]);
  });

  it("listed by version take the next fix above it", () => {
    const listed = madeAdvisory(
      "P-1",
      "PyPI",
      "jinja2",
      [
        { introduced: "1.0", fixed: "1.5" },
        { introduced: "3.0", fixed: "3.2" },
      ],
      {
        affected: { versions: ["2.11.2"] },
      },
    );
    expect(found({ advisories: { a: [listed] } }, [jinja])[0]?.fix.version).toBe("3.2");
  });
});

describe("severity and priority", () => {
  const x = madePackage("dpkg", "x", "1");
  const cvss = { vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", score: 9.8 };
  const one = (more: Parameters<typeof madeAdvisory>[4]): Finding | undefined =>
    found({ advisories: { s: [madeAdvisory("CVE-1", "debian:12", "x", [{}], more)] } }, [x], debian)[0];

  it("is the vendor's for the release, the vendor's, CVSS's, and then unknown: never low for want of a word", () => {
    const vendor = { by: "v", level: "medium" } as const;
    expect(one({ cvss, vendor, affected: { level: "negligible" } })?.severity).toMatchObject({
      level: "negligible",
      basis: "vendor",
      score: 9.8,
    });
    expect(one({ cvss, vendor })?.severity).toMatchObject({ level: "medium", basis: "vendor", by: "v", score: 9.8 });
    expect(one({ cvss })?.severity).toEqual({ level: "critical", basis: "cvss", by: "s", ...cvss });
    expect(one({})?.severity).toEqual({ level: "unknown", basis: "none" });
  });

  it("is another advisory's score of the same CVE, where its own say nothing", () => {
    const made = {
      advisories: {
        tracker: [madeAdvisory("CVE-1", "debian:12", "x", [{}])],
        github: [madeAdvisory("GHSA-1", "npm", "other", [{}], { aliases: ["CVE-1"], cvss })],
      },
    };
    expect(found(made, [x], debian)[0]?.severity).toEqual({ level: "critical", basis: "cvss", by: "github", ...cvss });
  });

  it("puts malicious and exploited ones first, whatever their severity", () => {
    const made: Made = {
      advisories: {
        s: [
          madeAdvisory("CVE-1", "PyPI", "x", [{}], { cvss }),
          madeAdvisory("CVE-2", "PyPI", "x", [{}]),
          madeAdvisory("MAL-1", "PyPI", "x", [{}], { kind: "malicious" }),
          madeAdvisory("CVE-3", "PyPI", "x", [{}]),
        ],
      },
      exploited: { "CVE-2": { added: "2025-01-01", ransomware: true } },
      epss: { "CVE-3": { score: 0.5, percentile: 0.9 } },
    };
    const findings = found(made, [madePackage("PyPI", "x", "1")]);
    expect(findings.map(({ id, kind }) => [id, kind])).toEqual([
      ["MAL-1", "malicious"],
      ["CVE-2", "vulnerability"],
      ["CVE-1", "vulnerability"],
      ["CVE-3", "vulnerability"],
    ]);
    expect(findings[1]?.exploited).toEqual({ added: "2025-01-01", ransomware: true });
    expect(findings[3]?.epss?.score).toBe(0.5);
  });

  it("puts what containers have loaded first within its severity, and no further", () => {
    const made: Made = {
      advisories: {
        s: [
          madeAdvisory("CVE-1", "PyPI", "grave", [{}], { cvss }),
          madeAdvisory("CVE-2", "PyPI", "likely", [{}]),
          madeAdvisory("CVE-3", "PyPI", "loaded", [{}]),
        ],
      },
      epss: { "CVE-2": { score: 0.9, percentile: 0.99 } },
    };
    const packages = ["grave", "likely", "loaded"].map((name) => madePackage("PyPI", name, "1"));
    expect(ids(found(made, packages))).toEqual(["CVE-1", "CVE-2", "CVE-3"]);
    const loaded = packages.map((each) => (each.name === "loaded" ? { ...each, inUse: true } : each));
    expect(ids(found(made, loaded))).toEqual(["CVE-1", "CVE-3", "CVE-2"]);
  });
});

describe("what is not known", () => {
  it("is said: ecosystems without advisories, unknown distributions, stale sources", () => {
    const made: Made = { advisories: { old: [madeAdvisory("A", "PyPI", "x", [{}])] }, newest: Date.UTC(2024, 0, 1) };
    const result = matched(made, [
      madePackage("PyPI", "y", "1"),
      madePackage("npm", "z", "1.0.0"),
      madePackage("dpkg", "w", "1"),
      madePackage("unknown", "v", "1"),
    ]);
    expect(result.coverage).toEqual([
      { scope: "PyPI", packages: 1, sources: ["old"], verdict: "stale" },
      { scope: "npm", packages: 1, sources: [], verdict: "unknown" },
      { scope: "dpkg", packages: 1, sources: [], verdict: "unknown" },
      { scope: "unknown", packages: 1, sources: [], verdict: "unknown" },
    ]);
    expect(result.sources).toEqual([
      { name: "old", records: 1, checkedDaysAgo: 1, newestDaysAgo: 732, stale: "frozen" },
    ]);
  });

  it("is said of sources that name fixes only", () => {
    const made: Made = {
      advisories: { suite: [madeAdvisory("A", "debian:12", "x", [{ fixed: "2" }])] },
      kind: "debian-suite",
    };
    expect(matched(made, [madePackage("dpkg", "y", "1")], debian).coverage).toEqual([
      { scope: "debian:12", packages: 1, sources: ["suite"], verdict: "covered", fixesOnly: true },
    ]);
  });

  it("covers what is fresh", () => {
    const made: Made = { advisories: { fresh: [madeAdvisory("A", "PyPI", "x", [{}])] } };
    expect(matched(made, [madePackage("PyPI", "y", "1")]).coverage[0]?.verdict).toBe("covered");
  });
});

describe("end of life", () => {
  const cycles: NonNullable<Made["cycles"]> = {
    debian: [
      { cycle: "12", endOfLife: "2025-06-10", extendedSupport: "2028-06-30" },
      { cycle: "13", endOfLife: "2028-08-09" },
    ],
    nodejs: [
      { cycle: "16", endOfLife: "2023-09-11" },
      { cycle: "24", endOfLife: "2028-04-30" },
    ],
    python: [{ cycle: "3.8", endOfLife: "2024-10-07" }],
    "alpine-linux": [{ cycle: "3.18", endOfLife: "2025-05-09" }],
  };

  it("is a finding of the distribution, with what support goes on", () => {
    expect(found({ cycles }, [], debian)).toMatchObject([
      {
        kind: "end-of-life",
        id: "END-OF-LIFE:debian:12",
        package: { name: "debian", version: "12" },
        severity: { level: "unknown" },
        endOfLife: { product: "debian", cycle: "12", since: "2025-06-10", extendedUntil: "2028-06-30" },
      },
    ]);
    expect(found({ cycles }, [], { id: "debian", versionId: "13" })).toEqual([]);
    expect(ids(found({ cycles }, [], { id: "alpine", versionId: "3.18.12" }))).toEqual([
      "END-OF-LIFE:alpine-linux:3.18",
    ]);
    expect(found({ cycles }, [], { id: "unheard", versionId: "1" })).toEqual([]);
  });

  it("is a finding of runtimes, those of the distribution aside", () => {
    const runtimes = [
      madePackage("runtime", "node", "16.20.0"),
      madePackage("runtime", "node", "24.1.0"),
      madePackage("runtime", "python", "3.8.2"),
    ];
    expect(ids(found({ cycles }, runtimes))).toEqual(["END-OF-LIFE:nodejs:16", "END-OF-LIFE:python:3.8"]);
    expect(found({ cycles }, [madePackage("runtime", "node", "16.20.0", { ownedBy: "nodejs" })])).toEqual([]);
  });
});

describe("createMatcher", () => {
  it("gives the same whether it remembers or not, and forgets when advisories change", () => {
    let generation = 1;
    let advisories = [madeAdvisory("A", "PyPI", "x", [{ fixed: "2" }])];
    const matcher = createMatcher({
      ...madeDatabase({}),
      generation: () => generation,
      lookup: () =>
        advisories.map(({ affected: [affected], ...advisory }) => ({
          advisory,
          affected: affected ?? { intervals: [], versions: [] },
          source: "s",
        })),
    });
    const inventory = madeInventory([madePackage("PyPI", "x", "1")]);
    const first = matcher.match(inventory, noVex, now);
    expect(matcher.match(inventory, noVex, now)).toEqual(first);
    advisories = [...advisories, madeAdvisory("B", "PyPI", "x", [{}])];
    expect(ids(matcher.match(inventory, noVex, now).findings)).toEqual(["A"]);
    generation = 2;
    expect(ids(matcher.match(inventory, noVex, now).findings)).toEqual(["A", "B"]);
  });
});

describe("Go programs", () => {
  const imports = [{ path: "example.com/lib", symbols: ["Parse"] }];
  const made: Made = {
    advisories: {
      github: [madeAdvisory("GHSA-1", "Go", "example.com/lib", [{ fixed: "2.0.0" }], { aliases: ["CVE-1"] })],
      go: [
        madeAdvisory("GO-1", "Go", "example.com/lib", [{ fixed: "2.0.0" }], {
          aliases: ["CVE-1"],
          affected: { imports },
        }),
        madeAdvisory("GO-2", "Go", "example.com/lib", [{ fixed: "2.0.0" }]),
      ],
    },
  };
  const codes = (goFunctions: Record<string, string>, ...paths: string[]): unknown => {
    const lib = madePackage("Go", "example.com/lib", "v1.0.0", { paths });
    const { findings } = match({ ...madeInventory([lib]), goFunctions }, madeDatabase(made), noVex, now);
    return Object.fromEntries(findings.map((f) => [f.id, f.vulnerableCode]));
  };
  const linking = madeGoFunctions("example.com/lib.Parse");
  const other = madeGoFunctions("example.com/lib.Format");

  it("say whether the vulnerable functions are linked, where the advisory names them; the finding stays", () => {
    expect(codes({ "bin/a": linking }, "bin/a")).toEqual({ "CVE-1": "linked", "GO-2": undefined });
    expect(codes({ "bin/a": other }, "bin/a")).toEqual({ "CVE-1": "not-linked", "GO-2": undefined });
    expect(codes({ "bin/a": other, "bin/b": linking }, "bin/a", "bin/b")).toMatchObject({ "CVE-1": "linked" });
  });

  it("come last within their severity where the functions are not linked", () => {
    const two: Made = {
      advisories: {
        go: [
          madeAdvisory("CVE-1", "Go", "example.com/lib", [{}], { affected: { imports } }),
          madeAdvisory("CVE-2", "Go", "example.com/lib", [{}]),
        ],
      },
      epss: { "CVE-1": { score: 0.9, percentile: 1 } },
    };
    const lib = madePackage("Go", "example.com/lib", "v1.0.0", { paths: ["bin/a"], inUse: true });
    const of = (goFunctions: Record<string, string>): string[] =>
      ids(match({ ...madeInventory([lib]), goFunctions }, madeDatabase(two), noVex, now).findings);
    expect([of({ "bin/a": linking }), of({ "bin/a": other })]).toEqual([
      ["CVE-1", "CVE-2"],
      ["CVE-2", "CVE-1"],
    ]);
  });

  it("say nothing where one program is not known, or shows nothing of the module", () => {
    expect(codes({ "bin/a": other }, "bin/a", "bin/b")).toEqual({ "CVE-1": undefined, "GO-2": undefined });
    expect(codes({ "bin/a": madeGoFunctions("example.com/x.Y") }, "bin/a")).toMatchObject({ "CVE-1": undefined });
    expect(codes({}, "bin/a", "__proto__")).toMatchObject({ "CVE-1": undefined });
  });
});
