import type { ImageScan } from "@bulkhead/images";
import { describe, expect, test } from "vitest";
import { judgeReport } from "./judged-report.ts";
import { flaw, found, reportOf, secret, settled } from "./report-fixture.ts";
import { resultText } from "./result-text.ts";
import { sarif } from "./sarif.ts";
import type { ScanReport, Threshold } from "./scan-report.ts";
import { scanText } from "./scan-text.ts";

const failures = (report: ScanReport, failOn: Threshold): number => judgeReport(report, { failOn }, undefined, 0).count;

describe("what counts for the exit code", () => {
  test.each([
    ["at the threshold", [flaw()], "high", 1],
    ["below it", [flaw()], "critical", 0],
    ["settled by a statement", [flaw({ suppressed: settled })], "low", 0],
    [
      "malicious, at any severity",
      [flaw({ kind: "malicious", severity: { level: "unknown", basis: "none" } })],
      "critical",
      1,
    ],
    [
      "exploited, at any severity",
      [flaw({ severity: { level: "low", basis: "vendor" }, exploited: { added: "2024-01-01", ransomware: false } })],
      "critical",
      1,
    ],
    ["of no severity, at none", [flaw({ severity: { level: "unknown", basis: "none" } })], "low", 0],
    ["of no severity, with any", [flaw({ severity: { level: "unknown", basis: "none" } })], "any", 1],
    ["anything, with never", [flaw({ kind: "malicious" })], "never", 0],
  ] as const)("%s", (_, findings, threshold, count) => expect(failures(reportOf(findings), threshold)).toBe(count));

  test("secrets and checks count alike", () => {
    expect(failures(reportOf([], { secrets: [secret, { ...secret, severity: "low" }] }), "high")).toBe(1);
  });
});

describe("the table", () => {
  test("says what it is, what is wrong, and what could not be seen", () => {
    const text = scanText(reportOf([flaw()], { secrets: [secret] }));
    for (const part of [
      "web:1",
      "Debian 12",
      "0.5% explained by no package",
      "1 high",
      "CVE-2024-0001",
      "libssl3",
      "3.0.11-2",
      "/etc/key:3",
      "deleted later",
      "1 executable file of no package: /app/x",
    ])
      expect(text).toContain(part);
  });

  test("says what containers have loaded, where somebody looked", () => {
    const loaded = flaw({ package: { ...found, inUse: true } });
    const inUse = { lookedAt: Date.UTC(2026, 0, 2, 3, 4), packages: [{ name: "libssl3", version: "1", since: 0 }] };
    const text = scanText(reportOf([loaded, flaw({ id: "CVE-2" })], { inUse }));
    expect(text).toContain("1 package in use, with 1 finding (what its containers had loaded by 2026-01-02 03:04 UTC)");
    expect(text).toMatch(/CVE-2024-0001 .* in use /);
    expect(scanText(reportOf([flaw()]))).not.toContain("in use");
  });

  test("says of which findings the code is not linked, and leaves them there", () => {
    const text = scanText(reportOf([flaw({ vulnerableCode: "not-linked" }), flaw({ id: "CVE-2" })]));
    expect(text).toMatch(/CVE-2024-0001 .* not linked /);
    expect(text).toContain("of 1 the vulnerable code is not linked");
    expect(text).toContain("2 high");
  });

  test("never takes missing advisories for health", () => {
    const { match: _, ...unmatched } = reportOf([]);
    expect(scanText({ ...unmatched, unmatched: "there are none" })).toMatch(/unknown.*there are none/);
    const stale = reportOf([]);
    const coverage = [{ scope: "npm", packages: 7, sources: [], verdict: "unknown" as const }];
    expect(
      scanText({ ...stale, ...(stale.match === undefined ? {} : { match: { ...stale.match, coverage } }) }),
    ).toContain("7 packages of npm: no advisories at hand");
  });

  test("says how little none known is worth where there was little to know", () => {
    const none = reportOf([]);
    const coverage = { executables: 5, explained: 5 };
    expect(scanText({ ...none, inventory: { ...none.inventory, packages: [] } })).toContain(
      "unknown, since no package is known",
    );
    expect(scanText(none)).toContain("none known of what could be seen and matched");
    expect(scanText({ ...none, inventory: { ...none.inventory, coverage } })).toMatch(/none known$/m);
  });

  const { inventory } = reportOf([]);
  const seen = { ...inventory, coverage: { executables: 5, explained: 5 } };
  const spot = { what: "archive", where: "/srv/x.jar", why: "it is broken" } as const;
  test.each([
    ["all of it was looked at", { inventory: seen }, "passes: nothing at high or above"],
    ["no package is known", { inventory: { ...seen, packages: [] } }, "and no package is known"],
    ["a program belongs to nobody", { inventory }, "and not everything could be seen into"],
    [
      "a part could not be read",
      { inventory: { ...seen, blindSpots: [spot] } },
      "and not everything could be seen into",
    ],
  ])("ends with how sure it is where %s", (_, more, says) => {
    const text = resultText(judgeReport(reportOf([], more), { failOn: "high" }, undefined, 0)).join("\n");
    expect(text).toContain(says);
    expect(text).toContain(says.startsWith("passes") ? "passes:" : "passes as far as it is known");
  });

  test("shows what nobody rated, unless only the grave is asked for", () => {
    const unrated = reportOf([flaw({ severity: { level: "unknown", basis: "none" } })]);
    expect(scanText(unrated)).toContain("CVE-2024-0001");
    expect(scanText(unrated, { least: "high" })).not.toContain("CVE-2024-0001");
  });

  test("lets no text out of an image steer the terminal", () => {
    const hostile = { ...found, name: "x\u001b[2J\r\ny", version: "\u009b31m1" };
    const text = scanText(
      reportOf([flaw({ package: hostile, summary: "\u001b]0;owned\u0007" })], { name: "web\u001b[1A:1" }),
    );
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});

test("SARIF: each finding with its rule, level and place", () => {
  const scan = { layers: [] } as unknown as ImageScan;
  const report = reportOf([flaw(), flaw({ id: "CVE-2", suppressed: settled })], {
    scan,
    secrets: [secret],
    checks: [
      {
        id: "root-user",
        title: "runs as root",
        severity: "high",
        why: "w",
        fix: "f",
        hits: [{ where: "config.User", says: "root" }],
      },
    ],
  });
  const [run] = sarif(judgeReport(report, { failOn: "high" }, undefined, 0), "1").runs;
  const place = run.results.map((r) => r.locations[0]?.physicalLocation);
  expect(
    run.results.map((r, i) => [r.ruleId, r.level, place[i]?.artifactLocation.uri, place[i]?.region.startLine]),
  ).toEqual([
    ["CVE-2024-0001", "error", "var/lib/dpkg/status", 1],
    ["secret/private-key", "error", "etc/key", 3],
    ["image/root-user", "error", "config.User", 1],
  ]);
  expect(run.results.map((r) => run.tool.driver.rules[r.ruleIndex]?.id)).toEqual(run.results.map((r) => r.ruleId));
});

test("SARIF: how a result stands beside a baseline, and why it may stay", () => {
  const entry = { kind: "vulnerability", id: "CVE-2024-0001", severity: "high", reason: "not reached" } as const;
  const judged = judgeReport(reportOf([flaw(), flaw({ id: "CVE-2", ids: ["CVE-2"] })]), { failOn: "high" }, [entry], 0);
  expect(sarif(judged, "1").runs[0].results.map((r) => [r.baselineState, r.suppressions?.[0]?.justification])).toEqual([
    ["unchanged", "not reached"],
    ["new", undefined],
  ]);
});

test("SARIF: what is not known is said", () => {
  const { match: _, ...unmatched } = reportOf([]);
  const [run] = sarif(
    judgeReport({ ...unmatched, unmatched: "there are none" }, { failOn: "high" }, undefined, 0),
    "1",
  ).runs;
  expect(run.invocations[0]?.toolExecutionNotifications[0]?.message.text).toContain("there are none");
});
