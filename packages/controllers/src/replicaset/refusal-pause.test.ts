import type { Pod } from "@bulkhead/api";
import { expect, it } from "vitest";
import { makePod, makeReplicaSet } from "../test-objects.ts";
import { planReplicaSet } from "./plan.ts";
import { refusalPause } from "./refusal-pause.ts";

const created = "2026-01-02T00:00:00Z";
const now = Date.parse(created);
const labels = { app: "a" };

const set = makeReplicaSet(1);
const failed = (count: number, status: object = {}): Pod[] =>
  Array.from({ length: count }, (_, at) => {
    const pod = makePod({
      name: `p${at}`,
      labels,
      owner: { kind: "ReplicaSet", name: "r", uid: set.metadata.uid ?? "" },
      phase: "Failed",
    });
    return {
      ...pod,
      metadata: { ...pod.metadata, creationTimestamp: created },
      status: { phase: "Failed", ...status },
    };
  });

it.each([
  [0, 0],
  [1, 0],
  [2, 2_000],
  [3, 4_000],
  [9, 60_000],
])("after %i pods that the node turned away it waits %i ms", (count, wait) => {
  expect(refusalPause(set, failed(count), now)).toBe(wait);
  expect(refusalPause(set, failed(count), now + wait)).toBe(0);
});

it("counts rounds, not pods, and only its own that never ran", () => {
  expect(refusalPause(makeReplicaSet(9), failed(9), now)).toBe(0);
  expect(refusalPause({ ...set, metadata: { ...set.metadata, uid: "other" } }, failed(9), now)).toBe(0);
  const ran = { containerStatuses: [{ name: "c", containerID: "containerd://1", state: { terminated: {} } }] };
  expect(refusalPause(set, failed(9, ran), now)).toBe(0);
});

it("makes the plan wait and say until when", () => {
  const facts = { replicaSet: set, pods: failed(3), related: () => [], settled: true };
  expect(planReplicaSet({ ...facts, now })).toMatchObject({ create: 0, lookAgainIn: 4_000 });
  expect(planReplicaSet({ ...facts, now: now + 4_000 })).toMatchObject({ create: 1, lookAgainIn: 0 });
});
