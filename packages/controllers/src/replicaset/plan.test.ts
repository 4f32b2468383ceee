import { describe, expect, it } from "vitest";
import { makePod, makeReplicaSet } from "../test-objects.ts";
import { rankForDeletion } from "./deletion-ranking.ts";
import { burstReplicas, planReplicaSet } from "./plan.ts";
import { replicaSetStatus } from "./status.ts";

const labels = { app: "a" };
const facts = { related: () => [], settled: true, now: Date.parse("2026-01-02T00:00:00Z") };
const set = makeReplicaSet(2);
const owner = { kind: "ReplicaSet", name: "r", uid: set.metadata.uid ?? "" };
const names = (pods: readonly { metadata: { name?: string | undefined } }[]) => pods.map((pod) => pod.metadata.name);

describe("replica set plan", () => {
  it("makes what is missing, at most a burst", () => {
    expect(planReplicaSet({ ...facts, replicaSet: set, pods: [makePod({ labels, owner })] })).toMatchObject({
      create: 1,
      remove: [],
    });
    expect(planReplicaSet({ ...facts, replicaSet: makeReplicaSet(9_999), pods: [] }).create).toBe(burstReplicas);
  });

  it("counts neither ended nor terminating pods as there", () => {
    const pods = [
      makePod({ labels, owner, phase: "Failed" }),
      makePod({ labels, owner, phase: "Succeeded" }),
      makePod({ labels, owner, deleting: true }),
      makePod({ labels, owner }),
    ];
    const plan = planReplicaSet({ ...facts, replicaSet: set, pods });
    expect(plan.create).toBe(1);
    expect(replicaSetStatus(set, plan.owned, undefined, facts.now)).toMatchObject({
      replicas: 1,
      terminatingReplicas: 1,
    });
  });

  it("does nothing about the count before our own writes are seen, or once it is being deleted", () => {
    expect(planReplicaSet({ ...facts, replicaSet: set, pods: [], settled: false }).create).toBe(0);
    const going = makeReplicaSet(2, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(planReplicaSet({ ...facts, replicaSet: going, pods: [makePod({ labels })] })).toMatchObject({
      create: 0,
      adopt: [],
    });
  });

  it("adopts orphans that match, releases its own that do not, and leaves others' alone", () => {
    const orphan = makePod({ name: "orphan", labels });
    const strayed = makePod({ name: "strayed", labels: { app: "b" }, owner });
    const strangers = makePod({ labels, owner: { ...owner, uid: "other" } });
    const leaving = makePod({ labels, deleting: true });
    const plan = planReplicaSet({ ...facts, replicaSet: set, pods: [orphan, strayed, strangers, leaving] });
    expect({
      adopt: names(plan.adopt),
      release: names(plan.release),
      owned: names(plan.owned),
      create: plan.create,
    }).toEqual({
      adopt: ["orphan"],
      release: ["strayed"],
      owned: ["orphan"],
      create: 1,
    });
  });

  it("gives up first what is worth least", () => {
    const ranked = [
      makePod({ name: "unassigned", phase: "Pending" }),
      makePod({ name: "pending", node: "x", phase: "Pending" }),
      makePod({ name: "unready", node: "x", ready: false }),
      makePod({
        name: "cheap",
        node: "x",
        ready: true,
        annotations: { "controller.kubernetes.io/pod-deletion-cost": "-1" },
      }),
      makePod({ name: "crowded", node: "crowd", ready: true }),
      makePod({ name: "fresh", node: "x", ready: true, readySince: "2026-01-01T23:59:00Z" }),
      makePod({ name: "young", node: "x", ready: true, created: "2026-01-01T23:00:00Z" }),
      makePod({ name: "old", node: "x", ready: true, created: "2025-01-01T00:00:00Z" }),
    ];
    const crowd = (pod: { spec?: { nodeName?: string | undefined } | undefined }) =>
      pod.spec?.nodeName === "crowd" ? 3 : 1;
    expect(names(rankForDeletion(ranked.toReversed(), crowd, facts.now))).toEqual(names(ranked));
  });
});
