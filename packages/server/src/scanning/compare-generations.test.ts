import type { FindingFacts, Pod, ScanFacts } from "@bulkhead/api";
import { normaliseExceptions, normaliseImages } from "@bulkhead/policy";
import { expect, test } from "vitest";
import { compareGenerations } from "./compare-generations.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const digestOf = (i: number): string => `sha256:${i.toString(16).padStart(64, "0")}`;
const makePod = (i: number, namespace = "shop"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace, name: `p${i}` },
  spec: { containers: [{ name: "c", image: `registry.example/shop/p@${digestOf(i)}` }] },
});
const finding: FindingFacts = { id: "CVE-1", aliases: [], package: "a 1", severity: "critical", fixedVersion: "2" };
const factsOf = (findings: readonly FindingFacts[]): ScanFacts => ({
  findings,
  sources: [{ name: "osv" }],
  endOfLife: [],
  misconfigurations: [],
  secrets: [],
  blindSpots: [],
});
const rules = normaliseImages({
  policies: [
    {
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "ImageTrustPolicy",
      metadata: { name: "all" },
      spec: { allow: [{ registry: "*", repositories: ["*"] }], vulnerabilities: { highest: "High" } },
    },
  ],
  namespaces: [],
  exceptions: normaliseExceptions([], now),
});

const compare = (running: number, bad: (i: number) => boolean, before: (i: number) => boolean = () => false) => {
  const index = (digest: string): number => Number.parseInt(digest.slice(7), 16);
  return compareGenerations({
    pods: Array.from({ length: running }, (_, i) => makePod(i)),
    rules,
    now,
    sources: [],
    before: async (digest) => factsOf(before(index(digest)) ? [finding] : []),
    after: async (digest) => factsOf(bad(index(digest)) ? [finding] : []),
  });
};

test.each([
  [20, 2, "accept"],
  [20, 3, "hold"],
  [9, 1, "hold"],
  [0, 0, "accept"],
])("of %i images %i newly out of policy: %s", async (running, bad, decision) => {
  const found = await compare(running, (i) => i < bad);
  expect([found.decision, found.newlyRefused.length]).toEqual([decision, bad]);
});

test("what was out of policy before is not new, and each is named with its reason", async () => {
  const same = (i: number): boolean => i < 10;
  expect(await compare(20, same, same)).toEqual({ decision: "accept", because: [], newlyRefused: [] });
  const { newlyRefused, because } = await compare(2, (i) => i === 1);
  expect(newlyRefused).toEqual([
    {
      image: `registry.example/shop/p@${digestOf(1)}`,
      says: expect.stringMatching(/CVE-1 in a 1 is Critical/) as string,
    },
  ]);
  expect(because.map((b) => b.rule)).toEqual(["newly-refused"]);
});

test("an image that many pods run counts once", async () => {
  const found = await compareGenerations({
    pods: [makePod(1), makePod(1, "other"), ...Array.from({ length: 18 }, (_, i) => makePod(i + 2))],
    rules,
    now,
    sources: [],
    before: async () => factsOf([]),
    after: async (digest) => factsOf(digest === digestOf(1) ? [finding] : []),
  });
  expect([found.decision, found.newlyRefused.length]).toEqual(["accept", 1]);
});

test("a source that shrinks, and advisories that cannot be matched with, are held", async () => {
  const base = { pods: [makePod(1)], rules, now, before: async () => factsOf([]) };
  const shrunk = await compareGenerations({
    ...base,
    after: async () => factsOf([]),
    sources: [{ name: "osv/PyPI", before: 10, after: 9 }],
  });
  expect(shrunk.because.map((b) => b.rule)).toEqual(["shrunk"]);
  const broken = await compareGenerations({
    ...base,
    sources: [],
    after: () => Promise.reject(new Error("malformed")),
  });
  expect([broken.decision, broken.because[0]?.rule]).toEqual(["hold", "unmatched"]);
});
