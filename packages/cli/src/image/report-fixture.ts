import type { Finding, Package } from "@bulkhead/images";
import type { ScanReport } from "./scan-report.ts";

/** A report in the tests' hands. */
export const found: Package = {
  ecosystem: "dpkg",
  name: "libssl3",
  version: "3.0.11-1",
  purl: "pkg:deb/debian/libssl3@3.0.11-1",
  paths: ["var/lib/dpkg/status"],
};

export const flaw = (more: Partial<Finding> = {}): Finding => ({
  kind: "vulnerability",
  id: "CVE-2024-0001",
  ids: ["CVE-2024-0001"],
  package: found,
  severity: { level: "high", basis: "vendor" },
  fix: { state: "available", version: "3.0.11-2" },
  summary: "a flaw",
  sources: ["debian-tracker"],
  statements: [],
  ...more,
});

export const settled = { author: "us", document: "d", origin: "file", status: "not_affected" } as const;

export const secret = {
  rule: "private-key",
  severity: "critical",
  path: "etc/key",
  line: 3,
  fingerprint: "f",
  layer: `sha256:${"b".repeat(64)}`,
  deleted: true,
} as const;

export function reportOf(findings: readonly Finding[], more: Partial<ScanReport> = {}): ScanReport {
  return {
    name: "web:1",
    digest: `sha256:${"a".repeat(64)}`,
    inventory: {
      distribution: { id: "debian", prettyName: "Debian 12" },
      packages: [found],
      blindSpots: [],
      coverage: { executables: 200, explained: 199, unexplained: ["app/x"] },
    },
    checks: [],
    secrets: [],
    match: {
      findings,
      undecided: [],
      coverage: [],
      sources: [],
      ownedByDistribution: 0,
      kernelHeaders: 0,
      thirdParty: [],
    },
    ...more,
  };
}
