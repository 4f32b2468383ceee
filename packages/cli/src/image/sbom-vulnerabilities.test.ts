import { describe, expect, test } from "vitest";
import { flaw, found, reportOf, settled } from "./report-fixture.ts";
import { sbomVulnerabilities } from "./sbom-vulnerabilities.ts";

describe("vulnerabilities of a CycloneDX document", () => {
  test("have their other names, ratings, advisories and every package that they affect", () => {
    const other = { ...found, name: "openssl" };
    const more = {
      ids: ["CVE-2024-0001", "DSA-1", "GHSA-1"],
      url: "https://example.com/CVE-2024-0001",
      severity: { level: "high", basis: "cvss", by: "nvd", score: 7.5, vector: "CVSS:3.1/AV:N" },
      epss: { score: 0.42, percentile: 0.97 },
      published: 0,
      exploited: { added: "2024-02-01", ransomware: false },
    } as const;
    const [first, ...rest] = sbomVulnerabilities(reportOf([flaw(more), flaw({ ...more, package: other })])) ?? [];
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      id: "CVE-2024-0001",
      source: { name: "NVD" },
      references: [
        { id: "DSA-1", source: { name: "Debian" } },
        { id: "GHSA-1", source: { name: "GitHub" } },
      ],
      ratings: [
        { severity: "high", method: "CVSSv31", score: 7.5, source: { name: "nvd" } },
        { method: "other", score: 0.42, source: { name: "EPSS" } },
      ],
      advisories: [{ url: "https://example.com/CVE-2024-0001" }],
      published: "1970-01-01T00:00:00.000Z",
      recommendation: "Update to libssl3 3.0.11-2, openssl 3.0.11-2.",
      affects: [found, other],
    });
  });

  test("say what a statement settles in one package, and that the other is affected", () => {
    const told = { ...settled, justification: "vulnerable_code_not_in_execute_path", statement: "never called", at: 0 };
    const list = sbomVulnerabilities(
      reportOf([flaw(), flaw({ package: { ...found, name: "b" }, suppressed: told, statements: [told] })]),
    );
    expect(list?.map(({ analysis, status }) => [analysis?.state, analysis?.justification, status])).toEqual([
      [undefined, undefined, undefined],
      ["not_affected", "code_not_reachable", "unaffected"],
    ]);
    expect(list?.[1]?.analysis?.detail).toContain("never called");
  });

  test("do not take a statement of somebody who is not honoured for settled", () => {
    const [first] = sbomVulnerabilities(reportOf([flaw({ statements: [settled] })])) ?? [];
    expect(first?.analysis).toBeUndefined();
    const status = "under_investigation";
    const [asked] = sbomVulnerabilities(reportOf([flaw({ statements: [{ ...settled, status }] })])) ?? [];
    expect(asked?.analysis?.state).toBe("in_triage");
  });

  test("are absent where nothing was matched", () => {
    const { match: _, ...unmatched } = reportOf([]);
    expect(sbomVulnerabilities(unmatched)).toBeUndefined();
  });
});
