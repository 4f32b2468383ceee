import type { CurrencySummary } from "@bulkhead/api";
import { expect, test } from "vitest";
import { Evaluation } from "../posture/evaluate.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import { type BriefSources, briefFacts, lookedUp, summedUp } from "./brief-facts.ts";

const now = Date.parse("2026-11-22T08:00:00Z");
const evaluation = new Evaluation({
  objects: new ObjectSet([], [{ kind: "Secret", why: "not ours to read" }]),
  controls: [],
  settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
  now,
});
const day = (name: string, who: string) => ({
  day: name,
  refused: 1,
  left: 0,
  changes: [{ who, verb: "patch", resource: "deployments", names: ["shop/web"], times: 1 }],
});
const facts = (change: Partial<BriefSources> = {}) =>
  briefFacts({
    of: "here",
    since: now - 2 * 86_400_000,
    now,
    evaluation,
    findings: [],
    seen: undefined,
    images: { told: [] },
    currency: { told: { current: { against: [], fine: 2 }, unseen: [{ what: "tokens", why: "not asked" }] } },
    changes: { told: { days: [day("2026-11-19", "early"), day("2026-11-21", "alice")] } },
    sources: undefined,
    notLooked: [],
    ...change,
  });

test("what was asked is told, of the days of the span alone, and what was not seen is named", () => {
  const { audit, current, images, notLooked, sources } = facts();
  expect(audit).toMatchObject({ changes: [{ who: "alice", what: "deployments shop/web" }], refused: 1 });
  expect(current).toEqual({ against: [], fine: 2 });
  expect(images).toMatchObject({ running: 0 });
  expect(sources).toBeUndefined();
  expect(notLooked).toEqual(["Secret: not ours to read", "tokens: not asked."]);
});

test.each<[string, Partial<BriefSources>, string]>([
  ["images", { images: { why: "forbidden" } }, "What is in images: forbidden."],
  ["changes", { changes: { why: "not root" } }, "Who changed what: not root."],
  ["currency", { currency: { why: "nobody looked" } }, "What has grown old: nobody looked."],
  ["advisories", { sources: { why: "no database" } }, "Advisories: no database."],
  [
    "a digest that begins later",
    { changes: { told: { days: [], from: "2026-11-21T12:00:00Z" } } },
    "Who changed what before 2026-11-21T12:00:00Z: nobody took it down.",
  ],
  [
    "a digest that ended",
    { changes: { told: { days: [], to: "2026-11-22T01:00:00Z" } } },
    "Who changed what after 2026-11-22T01:00:00Z: nobody took it down yet.",
  ],
])("%s that could not be looked at leaves a sentence, never a silence", (_, change, says) => {
  expect(facts(change).notLooked).toContain(says);
});

test("what has grown old reads the same from the machine and from the summary that is kept", () => {
  const item = { name: "runc", version: "1.1.5", verdict: "vulnerable", whatToDo: "bulkhead current apply" };
  const looked = lookedUp({
    items: [
      { ...item, id: "part/runc" },
      { name: "node", version: "24", verdict: "current" },
    ],
    unseen: [],
  } as unknown as Parameters<typeof lookedUp>[0]);
  const summed = summedUp({
    worst: [{ id: "part/runc", version: "1.1.5", verdict: "vulnerable", because: "", whatToDo: item.whatToDo }],
    counts: { vulnerable: 1, unsupported: 0, update: 0, unknown: 0, current: 1 },
    unseen: [],
    staleSources: [],
  } as unknown as CurrencySummary["currency"]);
  expect(summed).toEqual(looked);
});
