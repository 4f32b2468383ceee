import type { FindingFacts, ScanFacts } from "@bulkhead/api";
import { expect, test } from "vitest";
import { compareFacts } from "./compare-facts.ts";

const finding = (
  id: string,
  severity: FindingFacts["severity"] = "high",
  more: Partial<FindingFacts> = {},
): FindingFacts => ({
  id,
  aliases: [],
  package: "zlib 1",
  severity,
  ...more,
});
const facts = (findings: readonly FindingFacts[], more: Partial<ScanFacts> = {}): ScanFacts => ({
  findings,
  sources: [],
  endOfLife: [],
  misconfigurations: [],
  secrets: [],
  blindSpots: [],
  ...more,
});

test("what is gone is a fix, the gravest first, whatever names it went by", () => {
  const before = facts([finding("A", "low"), finding("B", "critical"), finding("C")]);
  const after = facts([finding("GHSA-1", "high", { aliases: ["C"], package: "zlib 2" })]);
  expect(compareFacts(before, after)).toEqual({
    fixes: [
      { id: "B", package: "zlib 1", severity: "critical" },
      { id: "A", package: "zlib 1", severity: "low" },
    ],
    mendsGrave: true,
  });
});

test.each<[string, ScanFacts, ScanFacts, boolean]>([
  ["the same", facts([finding("A")]), facts([finding("A")]), false],
  ["one grave for another", facts([finding("A")]), facts([finding("B")]), false],
  ["more grave ones", facts([finding("A")]), facts([finding("B"), finding("C")]), true],
  ["more small ones", facts([]), facts([finding("B", "low"), finding("C", "medium")]), false],
  [
    "an exploited one, for ten that are not",
    facts("A B C D E F G H I J".split(" ").map((id) => finding(id))),
    facts([finding("X", "low", { exploited: true })]),
    true,
  ],
  ["a malicious one", facts([finding("A")]), facts([finding("X", "unknown", { malicious: true })]), true],
  ["what nobody rated and nobody mended", facts([]), facts([finding("B", "unknown")]), false],
  ["what nobody rated, though it has a fix", facts([]), facts([finding("B", "unknown", { fixedVersion: "2" })]), true],
  [
    "a database that is not read any more",
    facts([finding("A")]),
    facts([], { blindSpots: [{ what: "package-database", where: "x" }] }),
    true,
  ],
])("%s", (_, before, after, worse) => expect(compareFacts(before, after).worse !== undefined).toBe(worse));

test("only what is grave is a security fix", () => {
  expect(compareFacts(facts([finding("A", "medium")]), facts([])).mendsGrave).toBe(false);
  expect(compareFacts(facts([finding("A", "unknown")]), facts([])).mendsGrave).toBe(false);
  for (const more of [finding("A", "low", { exploited: true }), finding("A", "unknown", { fixedVersion: "2" })])
    expect(compareFacts(facts([more]), facts([])).mendsGrave).toBe(true);
});
