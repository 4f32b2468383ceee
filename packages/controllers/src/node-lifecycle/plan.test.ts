import type { Lease, Node } from "@bulkhead/api";
import { describe, expect, it } from "vitest";
import { evictionTime } from "../taint-eviction/plan.ts";
import { makeNode, makePod } from "../test-objects.ts";
import { planNode } from "./plan.ts";

const ready = (status: string): Node => {
  const node = makeNode("a");
  return { ...node, status: { ...node.status, conditions: [{ type: "Ready", status }] } };
};
const lease = (renewTime: string): Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: {},
  spec: { renewTime },
});
const base = { gracePeriod: 50_000, lease: lease("1"), health: undefined, othersReady: true };
const taints = (plan: ReturnType<typeof planNode>) => plan.taints?.map(({ key, effect }) => `${key}:${effect}`);

describe("node plan", () => {
  it("leaves a living, ready node alone", () => {
    const plan = planNode({ ...base, node: ready("True"), now: 0 });
    expect(plan).toMatchObject({ conditions: undefined, taints: undefined, markPods: false });
  });

  it("counts silence by its own clock, from when it saw the last sign", () => {
    const first = planNode({ ...base, node: ready("True"), now: 1_000 });
    const still = planNode({ ...base, node: ready("True"), now: 51_000, health: first.health });
    expect(still.conditions).toBeUndefined();
    const lost = planNode({ ...base, node: ready("True"), now: 51_001, health: first.health });
    expect(lost.conditions?.find((one) => one.type === "Ready")).toMatchObject({
      status: "Unknown",
      reason: "NodeStatusUnknown",
    });
    expect(taints(lost)).toEqual([
      "node.kubernetes.io/unreachable:NoSchedule",
      "node.kubernetes.io/unreachable:NoExecute",
    ]);
    expect(lost.markPods).toBe(true);
    const renewed = planNode({ ...base, node: ready("True"), now: 51_001, health: first.health, lease: lease("2") });
    expect(renewed.conditions).toBeUndefined();
  });

  it("evicts nothing when no node is ready: it could run nowhere else", () => {
    const plan = planNode({ ...base, node: ready("False"), now: 0, othersReady: false });
    expect(taints(plan)).toEqual(["node.kubernetes.io/not-ready:NoSchedule"]);
  });

  it("taints what is not ready, cordoned or under pressure, and takes only its own taints away", () => {
    const node = ready("False");
    expect(taints(planNode({ ...base, node, now: 0 }))).toEqual([
      "node.kubernetes.io/not-ready:NoSchedule",
      "node.kubernetes.io/not-ready:NoExecute",
    ]);
    const back: Node = {
      ...ready("True"),
      spec: {
        unschedulable: true,
        taints: [
          { key: "mine", effect: "NoSchedule" },
          { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
        ],
      },
    };
    expect(taints(planNode({ ...base, node: back, now: 0 }))).toEqual([
      "mine:NoSchedule",
      "node.kubernetes.io/unschedulable:NoSchedule",
    ]);
  });
});

describe("eviction by taint", () => {
  const taint = { key: "k", effect: "NoExecute", timeAdded: "2026-01-01T00:00:00Z" };
  const start = Date.parse(taint.timeAdded);
  const tolerating = (seconds?: number) =>
    makePod({
      spec: {
        tolerations: [
          { key: "k", operator: "Exists", ...(seconds === undefined ? {} : { tolerationSeconds: seconds }) },
        ],
      },
    });

  it.each([
    ["nothing tolerated: at once", makePod({}), [taint], start + 7],
    ["tolerated for ever", tolerating(), [taint], undefined],
    ["tolerated for a while, counted from the taint", tolerating(300), [taint], start + 300_000],
    ["no effect on what runs", makePod({}), [{ key: "k", effect: "NoSchedule" }], undefined],
    ["one of two not tolerated", tolerating(), [taint, { key: "other", effect: "NoExecute" }], start + 7],
  ])("%s", (_name, pod, given, expected) => {
    expect(evictionTime(pod, given, start + 7)).toBe(expected);
  });
});
