import { expect, test } from "vitest";
import { type MatchedScan, scanFacts } from "./scan-facts.ts";

type Finding = NonNullable<MatchedScan["match"]>["findings"][number];

const vendor = { author: "vendor", document: "d", origin: "vendor", status: "not_affected" } as const;
const finding = (more: Partial<Finding> = {}): Finding => ({
  kind: "vulnerability",
  id: "CVE-2026-1",
  ids: ["CVE-2026-1", "GHSA-1"],
  package: { ecosystem: "dpkg", name: "openssl", version: "3.0.14", paths: [] },
  severity: { level: "high", basis: "vendor" },
  fix: { state: "available", version: "3.0.15", since: { at: 7, basis: "advisory" } },
  summary: "",
  sources: [],
  statements: [],
  ...more,
});

const report = (match: Partial<NonNullable<MatchedScan["match"]>> | undefined): MatchedScan => ({
  inventory: {
    packages: [],
    blindSpots: [{ what: "archive", where: "app.jar", why: "broken" }],
    coverage: { executables: 0, explained: 0 },
  },
  checks: [{ id: "user-root", title: "runs as root", severity: "info", why: "", fix: "", hits: [] }],
  secrets: [],
  ...(match === undefined
    ? {}
    : {
        match: {
          findings: [],
          undecided: [],
          coverage: [],
          sources: [],
          ownedByDistribution: 0,
          thirdParty: [],
          kernelHeaders: 0,
          ...match,
        },
      }),
});

test("a finding is judged by every name of it, its fix's age and who, being honoured, says that it does not matter", () => {
  const { findings } = scanFacts(
    report({
      findings: [
        finding({ suppressed: vendor, statements: [vendor] }),
        finding({
          id: "CVE-2026-2",
          ids: ["CVE-2026-2"],
          statements: [{ ...vendor, author: "whoever made the image" }],
        }),
        finding({ id: "MAL-1", ids: ["MAL-1"], kind: "malicious", fix: { state: "wont-fix", version: "9" } }),
      ],
    }),
  );
  expect(findings).toEqual([
    {
      id: "CVE-2026-1",
      aliases: ["GHSA-1"],
      package: "openssl 3.0.14",
      severity: "high",
      fixedVersion: "3.0.15",
      fixedAt: 7,
      notAffectedBy: ["vendor"],
    },
    { id: "CVE-2026-2", aliases: [], package: "openssl 3.0.14", severity: "high", fixedVersion: "3.0.15", fixedAt: 7 },
    { id: "MAL-1", aliases: [], package: "openssl 3.0.14", severity: "high", malicious: true },
  ]);
});

test("an end of life is no vulnerability; what could not be decided or matched is a blind spot or a missing source", () => {
  const scan = scanFacts(
    report({
      findings: [finding({ kind: "end-of-life", endOfLife: { product: "debian", cycle: "10", since: "2024-06-30" } })],
      undecided: [{ package: finding().package, why: "version-unparsable" }],
      coverage: [
        { scope: "PyPI", packages: 3, sources: [], verdict: "unknown" },
        { scope: "debian:12", packages: 3, sources: ["t"], verdict: "covered" },
      ],
      sources: [{ name: "t", records: 1, checkedDaysAgo: 9, stale: "not-checked" }],
    }),
  );
  expect(scan.findings).toEqual([]);
  expect(scan.endOfLife).toEqual([{ name: "debian 10", since: "2024-06-30" }]);
  expect(scan.sources).toEqual([
    { name: "t", stale: "not-checked" },
    { name: "PyPI", stale: "there are none" },
  ]);
  expect(scan.blindSpots).toEqual([
    { what: "archive", where: "app.jar" },
    { what: "version-unparsable", where: "openssl 3.0.14" },
  ]);
  expect(scan.misconfigurations).toEqual([{ id: "user-root", severity: "negligible", says: "runs as root" }]);
});

test("without advisories there are no sources, so that nothing counts as passed", () => {
  expect(scanFacts(report(undefined)).sources).toEqual([]);
});
