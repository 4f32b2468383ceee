import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "../matching/finding.ts";
import { compareEvidence } from "./compare-evidence.ts";
import { EvidenceError, readEvidence } from "./scanner-evidence.ts";

const digest = `sha256:${"a".repeat(64)}`;
const trivy = {
  SchemaVersion: 2,
  CreatedAt: "2026-11-20T10:00:00Z",
  ArtifactName: "web:1",
  Metadata: { RepoDigests: [`registry.example.com/web@${digest}`] },
  Results: [
    {
      Target: "web:1 (debian 12)",
      Vulnerabilities: [
        {
          VulnerabilityID: "CVE-2024-0001",
          PkgName: "libssl3",
          InstalledVersion: "3.0.11-1",
          FixedVersion: "3.0.11-2",
          Severity: "HIGH",
          PkgIdentifier: { PURL: "pkg:deb/debian/libssl3@3.0.11-1" },
        },
        { VulnerabilityID: "CVE-2024-0002", PkgName: "zlib1g", InstalledVersion: "1:1.2.13", Severity: "LOW" },
        { VulnerabilityID: "CVE-2024-0003" },
      ],
    },
    { Target: "app", Class: "lang-pkgs" },
  ],
};
const grype = {
  matches: [
    {
      vulnerability: { id: "GHSA-1", severity: "Medium", fix: { versions: ["2.0"], state: "fixed" } },
      relatedVulnerabilities: [{ id: "CVE-2024-0004" }],
      artifact: { name: "Foo_Bar", version: "1.0", purl: "pkg:pypi/foo-bar@1.0" },
    },
  ],
  source: { target: { manifestDigest: digest } },
  descriptor: { name: "grype", version: "0.90.0", timestamp: "2026-11-20T10:00:00Z" },
};

const finding = (id: string, name: string, version: string, more: Partial<Finding> = {}): Finding => ({
  kind: "vulnerability",
  id,
  ids: [id],
  package: { ecosystem: "dpkg", name, version, paths: [] },
  severity: { level: "high", basis: "vendor" },
  fix: { state: "none" },
  summary: "",
  sources: [],
  statements: [],
  ...more,
});

describe("another scanner's report", () => {
  test("of Trivy", () => {
    expect(readEvidence(JSON.stringify(trivy))).toEqual({
      scanner: "trivy",
      digest,
      at: "2026-11-20T10:00:00Z",
      flaws: [
        {
          id: "CVE-2024-0001",
          aliases: [],
          packageName: "libssl3",
          version: "3.0.11-1",
          severity: "high",
          purl: "pkg:deb/debian/libssl3@3.0.11-1",
          fixedIn: "3.0.11-2",
        },
        { id: "CVE-2024-0002", aliases: [], packageName: "zlib1g", version: "1:1.2.13", severity: "low" },
      ],
      unreadable: 1,
    });
  });

  test("of Grype, and of either within a signed statement, whose subject it is about", () => {
    expect(readEvidence(JSON.stringify(grype))).toMatchObject({
      scanner: "grype",
      version: "0.90.0",
      digest,
      flaws: [{ id: "GHSA-1", aliases: ["CVE-2024-0004"], fixedIn: "2.0" }],
    });
    const other = "b".repeat(64);
    const statement = {
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
      subject: [{ name: "web", digest: { sha256: other } }],
      predicate: {
        scanner: { uri: "pkg:github/x", result: trivy },
        metadata: { scanFinishedOn: "2026-11-21T00:00:00Z" },
      },
    };
    expect(readEvidence(JSON.stringify(statement))).toMatchObject({
      scanner: "in-toto",
      digest: `sha256:${other}`,
      at: "2026-11-21T00:00:00Z",
      unreadable: 1,
    });
    expect(() =>
      readEvidence(JSON.stringify({ ...statement, predicateType: "https://slsa.dev/provenance/v1" })),
    ).toThrow(expect.objectContaining({ code: "unsupported" }));
  });

  test("of any JSON ends in evidence or an EvidenceError", () => {
    const values = fc.dictionary(
      fc.constantFrom(
        "Results",
        "Vulnerabilities",
        "matches",
        "vulnerability",
        "artifact",
        "Metadata",
        "source",
        "subject",
        "predicate",
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(
          { SchemaVersion: 2, ArtifactName: "x" },
          { descriptor: {}, matches: [] },
          { _type: "https://in-toto.io/Statement/v1" },
          {},
        ),
        (rest, head) => {
          try {
            readEvidence(JSON.stringify({ ...head, ...rest }));
          } catch (error) {
            expect(error).toBeInstanceOf(EvidenceError);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(() => readEvidence("{")).toThrow(EvidenceError);
  });
});

test("findings are paired by any name of the flaw, by package or its source, epochs and spelling aside", () => {
  const ours = [
    finding("CVE-2024-0001", "libssl3", "3.0.11-1"),
    finding("CVE-2024-0002", "zlib1g", "1:1.2.13"),
    finding("CVE-2024-0009", "bash", "5"),
    finding("END-OF-LIFE:debian:12", "debian", "12", { kind: "end-of-life" }),
  ];
  const first = compareEvidence(ours, readEvidence(JSON.stringify(trivy)));
  expect(first.both.map((b) => b.theirs.id)).toEqual(["CVE-2024-0001", "CVE-2024-0002"]);
  expect(first.oursOnly.map((f) => f.id)).toEqual(["CVE-2024-0009"]);
  expect(first.theirsOnly).toEqual([]);
  const second = compareEvidence(
    [finding("CVE-2024-0004", "foo-bar", "1.0"), finding("CVE-2024-0004", "foo-bar", "0.9")],
    readEvidence(JSON.stringify(grype)),
  );
  expect([second.both.length, second.oursOnly.length]).toEqual([1, 1]);
});
