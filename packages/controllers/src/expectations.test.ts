import type { Pod } from "@bulkhead/api";
import type { Informer } from "@bulkhead/client";
import { expect, it } from "vitest";
import { Expectations } from "./expectations.ts";
import { makePod } from "./test-objects.ts";

function informer() {
  const there = new Map<string, Pod>();
  const handlers: Array<(current: Pod | undefined, previous: Pod | undefined) => void> = [];
  const fake: Informer<Pod> = {
    synced: Promise.resolve(),
    get: ({ name }) => there.get(name),
    list: () => [...there.values()],
    onChange: (handler) => void handlers.push(handler),
  };
  return {
    fake,
    show: (pod: Pod) => there.set(pod.metadata.name ?? "", pod),
    hide: (pod: Pod) => {
      there.delete(pod.metadata.name ?? "");
      for (const handler of handlers) handler(undefined, pod);
    },
  };
}

it("waits for what was made and what was deleted, by UID", () => {
  const copy = informer();
  const expectations = new Expectations(copy.fake, () => 0);
  const pod = makePod({ name: "p" });
  expectations.created("k", pod);
  expect(expectations.settled("k")).toBe(false);
  copy.show(makePod({ name: "p" }));
  expect(expectations.settled("k")).toBe(false);
  copy.show(pod);
  expect(expectations.settled("k")).toBe(true);
  expectations.deleted("k", pod);
  expect(expectations.settled("k")).toBe(false);
  copy.show({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
  expect(expectations.settled("k")).toBe(true);
});

it("does not wait for ever for what came and went, nor beyond its patience", () => {
  const copy = informer();
  let now = 0;
  const expectations = new Expectations(copy.fake, () => now);
  const pod = makePod({ name: "p" });
  expectations.created("k", pod);
  copy.hide(pod);
  expect(expectations.settled("k")).toBe(true);
  expectations.created("k", makePod({ name: "q" }));
  expect(expectations.settled("k")).toBe(false);
  now = 300_001;
  expect(expectations.settled("k")).toBe(true);
});
