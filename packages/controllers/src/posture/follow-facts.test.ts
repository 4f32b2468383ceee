import { kinds } from "@bulkhead/analysis";
import type { PostureFacts } from "@bulkhead/api";
import { expect, test } from "vitest";
import { followFacts } from "./follow-facts.ts";

const start = Date.parse("2026-11-22T00:00:00Z");

const said = (at: number, swap: boolean, more: readonly string[] = []): PostureFacts => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "PostureFacts",
  metadata: { name: "vm" },
  told: {
    lookedAt: new Date(at).toISOString(),
    objects: ["NodeFacts", ...more].map((kind) => ({
      kind,
      name: "vm",
      facts: { swapEncrypted: { value: swap, where: "here" } },
    })),
    unread: [{ kind: kinds.backupFacts.key, why: "there are none" }],
  },
});

function world() {
  const there: PostureFacts[] = [];
  const told: string[] = [];
  let now = start;
  let wake = (): void => undefined;
  const facts = followFacts({
    published: { list: () => there, onChange: (handler) => (wake = () => handler(undefined, undefined)) },
    now: () => now,
    note: ({ kind, metadata }, gone) => told.push(`${gone ? "gone " : ""}${kind} ${metadata.name}`),
    onGap: () => told.push("anew"),
  });
  return {
    facts,
    told: () => told.splice(0),
    publish: (object: PostureFacts): void => {
      there.splice(0, there.length, object);
      wake();
    },
    at: (time: number): void => {
      now = time;
      facts.tick();
    },
  };
}

test("before a machine has spoken nothing of it is known; what it says then makes everything be looked at anew", () => {
  const { facts, told, publish } = world();
  expect(facts.take().unread.map(({ kind }) => kind)).toContain(kinds.nodeFacts.key);
  publish(said(start, true));
  expect(told()).toEqual(["anew"]);
  const { objects, unread } = facts.take();
  expect(objects).toMatchObject([{ apiVersion: "facts.bulkhead.dev/v1", kind: "NodeFacts", metadata: { name: "vm" } }]);
  expect(unread.find(({ kind }) => kind === kinds.backupFacts.key)?.why).toBe("there are none");
  expect(unread.find(({ kind }) => kind === kinds.auditFacts.key)?.why).toBe("machine vm does not tell of it");
});

test("what it says otherwise is told, object by object; that somebody looked again is no news", () => {
  const { facts, told, publish } = world();
  publish(said(start, true));
  facts.take();
  publish(said(start + 60_000, true));
  expect(told()).toEqual([]);
  publish(said(start + 120_000, false));
  expect(told()).toEqual(["NodeFacts vm"]);
});

test("what was said hours ago, or is of a time to come, is not known", () => {
  const { facts, told, publish, at } = world();
  publish(said(start, true));
  facts.take();
  at(start + 2 * 3_600_000);
  expect(told()).toEqual([]);
  at(start + 4 * 3_600_000);
  expect(told()).toEqual(["anew"]);
  expect(facts.take()).toMatchObject({
    objects: [],
    unread: expect.arrayContaining([{ kind: kinds.nodeFacts.key, why: expect.stringContaining("and not since") }]),
  });
  publish(said(start + 40 * 3_600_000, true));
  expect(facts.take().objects).toEqual([]);
});

test("a kind that is none of a machine's is left aside", () => {
  const { facts, publish } = world();
  publish(said(start, true, ["Pod"]));
  expect(facts.take().objects.map(({ kind }) => kind)).toEqual(["NodeFacts"]);
});
