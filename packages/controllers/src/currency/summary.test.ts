import type { Candidate } from "@bulkhead/analysis";
import type { CurrencyPolicy, MachineInventory, MachineItem } from "@bulkhead/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CurrencyFacts, sumUp } from "./summary.ts";

const now = Date.UTC(2026, 10, 22, 12);
const hour = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");

const item = (name: string, more: Partial<MachineItem> = {}): MachineItem => ({
  kind: "part",
  name,
  version: "1",
  origin: "here",
  vulnerabilities: [],
  gaps: [],
  remedy: "bulkhead current apply",
  newest: { version: "1", source: "Debian", at: iso(now), newer: false },
  ...more,
});
const flaw = (id: string, more: object = {}): MachineItem["vulnerabilities"][number] => ({
  id,
  severity: "high",
  exploited: false,
  touches: "unknown",
  because: "it is there",
  sources: ["osv"],
  ...more,
});
const machine = (items: readonly MachineItem[], more: Partial<MachineInventory["machine"]> = {}): MachineInventory => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "MachineInventory",
  metadata: { name: "node-1" },
  machine: {
    lookedAt: iso(now - hour),
    items,
    unseen: [],
    sources: [],
    offers: [],
    holds: [],
    failed: [],
    acted: [],
    ...more,
  },
});
const facts = (more: Partial<CurrencyFacts> = {}): CurrencyFacts => ({
  machines: [],
  candidates: [],
  policies: [],
  approvals: [],
  sources: [],
  unseen: [],
  ...more,
});

test("what speaks against things is told by thing and flaw; what does not touch this machine is not", () => {
  const { summary, against } = sumUp(
    facts({
      machines: [
        machine([
          item("runc", { vulnerabilities: [flaw("CVE-1", { exploited: true }), flaw("CVE-2", { touches: "no" })] }),
          item("containerd", { support: { ended: true, from: "endoflife.date" } }),
        ]),
      ],
    }),
    now,
  );
  expect([...against.keys()]).toEqual(["node-1: part/runc CVE-1", "node-1: part/containerd unsupported"]);
  expect(summary.currency).toMatchObject({
    counts: { vulnerable: 1, unsupported: 1, update: 0, unknown: 0, current: 0 },
    exploited: 1,
    worst: [{ id: "part/runc", machine: "node-1", verdict: "vulnerable" }, { id: "part/containerd" }],
    machines: [{ name: "node-1" }],
  });
});

test("a support date that passes changes the summary, and it says when that is", () => {
  const machines = [machine([item("node", { support: { until: iso(now + hour), ended: false, from: "eol" } })])];
  const before = sumUp(facts({ machines }), now);
  expect(before.until).toBe(now + hour);
  expect(before.summary.currency.counts.unsupported).toBe(0);
  expect(sumUp(facts({ machines }), now + hour).summary.currency.counts.unsupported).toBe(1);
});

test("a machine that falls silent is unseen, not healthy", () => {
  const machines = [machine([item("runc")], { lookedAt: iso(now - 25 * hour) })];
  expect(sumUp(facts({ machines }), now).summary.currency.unseen[0]?.what).toBe("machine node-1");
  expect(sumUp(facts({ machines: [machine([item("runc")])] }), now).summary.currency.unseen).toEqual([]);
});

test("the plan is the decider's word, with the next moment at which it may be another", () => {
  const policy: CurrencyPolicy = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "CurrencyPolicy",
    metadata: { name: "nights" },
    spec: { windows: [{ from: "22:00", to: "23:00" }], cooldown: "1h", action: "Apply" },
  };
  const offers = [{ part: "runc", from: "1", to: "2", suite: "testing", security: [], since: iso(now - 9 * hour) }];
  const { summary, until } = sumUp(facts({ machines: [machine([], { offers })], policies: [policy] }), now);
  expect(summary.currency.plan).toMatchObject([
    { machine: "node-1", part: "runc", decision: "waits", action: "Apply", until: "2026-11-22T22:00:00Z" },
  ]);
  expect(until).toBe(now + 10 * hour);
  const failed = [{ part: "runc", version: "2", at: iso(now), says: "no" }];
  const after = sumUp(facts({ machines: [machine([], { offers, failed })] }), now).summary.currency.plan[0];
  expect(after).toMatchObject({ decision: "failed", command: "bulkhead current apply" });
});

test("property: in the order of what was found lies nothing, and a flaw that goes takes its own word with it alone", () => {
  const names = ["a", "b", "c"];
  const candidate = (name: string, ids: readonly string[]): Candidate => ({
    ...item(name),
    kind: "node",
    vulnerabilities: ids.map((id) => flaw(id)),
  });
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(fc.constantFrom("CVE-1", "CVE-2", "CVE-3")), { minLength: 3, maxLength: 3 }),
      fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
      fc.constantFrom("CVE-1", "CVE-2", "CVE-3"),
      (flaws, order, gone) => {
        const all = names.map((name, index) => candidate(name, flaws[index] ?? []));
        const whole = sumUp(facts({ candidates: all }), now);
        expect(sumUp(facts({ candidates: order.flatMap((index) => all[index] ?? []) }), now)).toEqual(whole);
        const less = all.map((each) =>
          each.name === "a" ? { ...each, vulnerabilities: each.vulnerabilities.filter(({ id }) => id !== gone) } : each,
        );
        const after = [...sumUp(facts({ candidates: less }), now).against.keys()];
        expect(after.toSorted()).toEqual(
          [...whole.against.keys()].filter((key) => key !== `node/a ${gone}`).toSorted(),
        );
      },
    ),
  );
});
