import { expect, test } from "vitest";
import type { KeptReport } from "./report-store.ts";
import { graveOf, summaryOf } from "./summary.ts";

const digest = `sha256:${"a".repeat(64)}`;
const image = { digest, names: ["r/web:1"], namespaces: ["shop"] };
const flaw = { aliases: [], package: "openssl 3", severity: "low" } as const;
const kept: KeptReport = {
  format: 1,
  digest,
  scannedAt: 0,
  matchedAt: 1000,
  generation: "g",
  answer: {
    distribution: "Debian",
    packages: 7,
    executables: 3,
    explained: 2,
    sources: [{ name: "kev", records: 3, checked: 0, stale: "frozen" }],
    facts: {
      findings: [
        { ...flaw, id: "MAL-1", malicious: true },
        { ...flaw, id: "CVE-1", exploited: true, fixedVersion: "4" },
        { ...flaw, id: "CVE-2", severity: "critical" },
        { ...flaw, id: "CVE-3", severity: "critical", notAffectedBy: ["vendor"] },
        { ...flaw, id: "CVE-4", severity: "high" },
      ],
      sources: [],
      endOfLife: [],
      misconfigurations: [{ id: "root-user", severity: "high", says: "runs as root" }],
      secrets: [{ rule: "aws", path: "a" }],
      blindSpots: Array.from({ length: 40 }, (_, i) => ({ what: "archive", where: String(i) })),
    },
  },
};

test("the summary counts by severity and by what weighs more", () => {
  const summary = summaryOf(image, kept, undefined);
  expect(summary).toMatchObject({
    images: ["r/web:1"],
    packages: 7,
    scannedAt: "1970-01-01T00:00:00Z",
    matchedAt: "1970-01-01T00:00:01Z",
    counts: { malicious: 1, exploited: 1, critical: 2, high: 1, low: 2, fixable: 1, misconfigurations: 1, secrets: 1 },
    sources: [{ name: "kev", records: 3, checkedAt: "1970-01-01T00:00:00Z", stale: "frozen" }],
  });
  expect(summary.blindSpots).toHaveLength(32);
  expect(summary.worst?.findings.map(({ id }) => id)).toEqual(["MAL-1", "CVE-1", "CVE-2", "CVE-3", "CVE-4"]);
});

test("an ImageReport holds the worst, and no more than its schema takes", () => {
  const { facts } = kept.answer;
  const aliases = Array.from({ length: 64 }, (_, i) => `A-${i}`);
  const findings = Array.from({ length: 500 }, (_, i) => ({ ...flaw, id: `CVE-${i}`, aliases }));
  const secrets = Array.from({ length: 500 }, (_, i) => ({ rule: "aws", path: String(i) }));
  const { worst } = summaryOf(
    image,
    { ...kept, answer: { ...kept.answer, facts: { ...facts, findings, secrets } } },
    undefined,
  );
  expect(worst?.findings.map(({ id }) => id)).toEqual(findings.slice(0, 32).map(({ id }) => id));
  expect(worst?.findings[0]?.aliases).toHaveLength(8);
  expect(worst?.secrets).toHaveLength(16);
});

test("where it is out of policy stands in it, and that a newer state of a source waits", () => {
  const outOfPolicy = [{ namespace: "shop", action: "Isolate" as const, says: "it runs log4j" }];
  const sources = [...kept.answer.sources, { name: "osv", records: 1, checked: 0 }];
  const held = { ...kept, answer: { ...kept.answer, sources } };
  const summary = summaryOf(image, held, undefined, [], { outOfPolicy, heldSources: ["kev", "osv"] });
  expect(summary.outOfPolicy).toEqual(outOfPolicy);
  expect(summary.sources.map(({ stale }) => stale)).toEqual(["frozen", "held"]);
  expect(summaryOf(image, kept, undefined)).not.toHaveProperty("outOfPolicy");
});

test("what could not be read has no counts that could pass for none", () => {
  const summary = summaryOf(image, undefined, "a layer is broken");
  expect(summary).toMatchObject({ failure: "a layer is broken" });
  expect(summary).not.toHaveProperty("counts");
  expect(summary).not.toHaveProperty("scannedAt");
});

test("grave is what is malicious, exploited or critical, unless its vendor says that it is not affected", () => {
  expect(graveOf(kept)).toEqual(["CVE-1 in openssl", "CVE-2 in openssl", "MAL-1 in openssl"]);
});
