import type { MachineItem } from "@bulkhead/api";
import { expect, test } from "vitest";
import { now } from "./fixture.ts";
import { type Candidate, type ItemVulnerability, judge } from "./item.ts";
import { candidateOfMachine, publishedItem, publishedItems } from "./published.ts";

const flaw = (index: number, more: Partial<ItemVulnerability> = {}): ItemVulnerability => ({
  id: `CVE-2026-${index}`,
  severity: "medium",
  exploited: false,
  touches: "unknown",
  because: "it is there",
  summary: "not published",
  sources: ["osv"],
  ...more,
});
const thing = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  kind: "part",
  name,
  version: "1",
  origin: "here",
  vulnerabilities: [],
  gaps: [],
  remedy: "do",
  ...more,
});
const back = (item: MachineItem): Candidate => {
  const found = candidateOfMachine(item);
  if (found === undefined) throw new Error("not known");
  return found;
};

test("what a machine publishes is judged as what it found, and says how much did not fit", () => {
  const flaws = [...Array(40).keys()].map((index) => flaw(index));
  const grave = flaw(99, { severity: "critical", exploited: true, touches: "yes" });
  const whole = thing("runc", { vulnerabilities: [...flaws, grave] });
  const published = publishedItem(whole);
  expect(published.vulnerabilities).toHaveLength(32);
  expect(published.vulnerabilities[0]).not.toHaveProperty("summary");
  expect(judge(back(published), now)).toMatchObject({
    verdict: "vulnerable",
    because: judge(whole, now).because,
    vulnerabilities: { 0: { id: "CVE-2026-99" } },
  });
  expect(candidateOfMachine({ ...published, kind: "flux-capacitor" })).toBeUndefined();
});

test("where not all fits, what speaks against a thing stays", () => {
  const quiet = [...Array(700).keys()].map((index) => thing(`q${index}`));
  const { items, left } = publishedItems([...quiet, thing("bad", { vulnerabilities: [flaw(1)] })]);
  expect([items.length, left, items[0]?.name]).toEqual([600, 101, "bad"]);
});

test("support that was looked up earlier ends on its day", () => {
  const item = thing("node", { support: { until: "2026-11-21", ended: false, from: "endoflife.date" } });
  expect(judge(item, now - 1).verdict).toBe("update");
  expect(judge(item, now)).toMatchObject({
    verdict: "unsupported",
    because: "over since 2026-11-21 (endoflife.date)",
  });
});
