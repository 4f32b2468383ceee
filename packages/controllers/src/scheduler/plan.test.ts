import type { Node, Pod } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeNode, makePod } from "../test-objects.ts";
import { planScheduling, type SchedulingDecision } from "./plan.ts";
import { podRequests } from "./pod-requests.ts";
import { takeSnapshot } from "./snapshot.ts";
import { tolerates } from "./taints.ts";

const decide = (pod: Pod, nodes: readonly Node[], pods: readonly Pod[] = []): SchedulingDecision =>
  planScheduling(
    pod,
    takeSnapshot(
      nodes,
      pods,
      (one) => one.spec?.nodeName,
      () => undefined,
      () => false,
    ),
  );

const messageOf = (decision: SchedulingDecision): string =>
  decision.kind === "bind" ? `bound to ${decision.node}` : decision.message;
const cpu = (amount: string) => ({ containers: [{ name: "c", image: "x", resources: { requests: { cpu: amount } } }] });
const notHelpful =
  "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
const app = { app: "a" };
const same = [{ labelSelector: { matchLabels: app }, topologyKey: "kubernetes.io/hostname" }];

describe("scheduling", () => {
  it.each<[string, Pod, Node[], Pod[], string]>([
    ["no node", makePod({}), [], [], "no nodes available to schedule pods"],
    [
      "cordoned",
      makePod({}),
      [makeNode("a", { unschedulable: true })],
      [],
      `0/1 nodes are available: 1 node(s) were unschedulable. ${notHelpful}`,
    ],
    [
      "tainted",
      makePod({}),
      [makeNode("a", { taints: [{ key: "k", effect: "NoSchedule" }] })],
      [],
      `0/1 nodes are available: 1 node(s) had untolerated taint(s). ${notHelpful}`,
    ],
    [
      "too large",
      makePod({ spec: cpu("5") }),
      [makeNode("a")],
      [],
      `0/1 nodes are available: 1 Insufficient cpu. ${notHelpful}`,
    ],
    [
      "full",
      makePod({ spec: cpu("3") }),
      [makeNode("a")],
      [makePod({ node: "a", spec: cpu("2") })],
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
    [
      "two reasons counted over nodes",
      makePod({ spec: { ...cpu("1"), nodeSelector: { disk: "ssd" } } }),
      [makeNode("a"), makeNode("b"), makeNode("c", { labels: { disk: "ssd" }, unschedulable: true })],
      [],
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    ],
    [
      "never preempts",
      makePod({ spec: { ...cpu("3"), priority: 5, preemptionPolicy: "Never" } }),
      [makeNode("a")],
      [makePod({ node: "a", spec: cpu("2") })],
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    ],
    [
      "anti-affinity of its own",
      makePod({
        labels: app,
        spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: same } } },
      }),
      [makeNode("a")],
      [makePod({ node: "a", labels: app })],
      "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
  ])("says why not: %s", (_name, pod, nodes, pods, message) => {
    expect(messageOf(decide(pod, nodes, pods))).toBe(message);
  });

  it("tolerates, starts a group that wants its own company, and follows it", () => {
    const tainted = makeNode("a", { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] });
    expect(messageOf(decide(makePod({ spec: { tolerations: [{ key: "k", value: "v" }] } }), [tainted]))).toBe(
      "bound to a",
    );
    const together = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: same } } };
    expect(messageOf(decide(makePod({ labels: app, spec: together }), [makeNode("a")]))).toBe("bound to a");
    const nodes = [makeNode("a"), makeNode("b")];
    expect(
      messageOf(decide(makePod({ labels: app, spec: together }), nodes, [makePod({ node: "b", labels: app })])),
    ).toBe("bound to b");
  });

  it("spreads over domains within the skew", () => {
    const nodes = [makeNode("a"), makeNode("b")];
    const constraint = {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: app },
    };
    const pods: Pod[] = [];
    for (let i = 0; i < 6; i++) {
      const pod = makePod({ labels: app, spec: { topologySpreadConstraints: [constraint] } });
      const decision = decide(pod, nodes, pods);
      if (decision.kind !== "bind") throw new Error(decision.message);
      pods.push({ ...pod, spec: { containers: [], ...pod.spec, nodeName: decision.node } });
    }
    expect(pods.filter((pod) => pod.spec?.nodeName === "a")).toHaveLength(3);
  });

  it("preempts the fewest of the least important", () => {
    const nodes = [makeNode("a")];
    const low = (name: string, priority: number, amount: string) =>
      makePod({ name, node: "a", spec: { ...cpu(amount), priority } });
    const pods = [low("least", 1, "1"), low("middle", 2, "2"), low("peer", 10, "1")];
    const decision = decide(makePod({ spec: { ...cpu("1"), priority: 10 } }), nodes, pods);
    if (decision.kind !== "unschedulable") throw new Error("bound");
    expect(decision.message).toBe("0/1 nodes are available: 1 Insufficient cpu.");
    expect(decision.preemption?.victims.map((pod) => pod.metadata.name)).toEqual(["least"]);
  });

  it("never gives a node more than it has", () => {
    const amounts = fc.array(fc.integer({ min: 100, max: 3_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(amounts, (requests) => {
        const nodes = [makeNode("a"), makeNode("b")];
        const pods: Pod[] = [];
        for (const milli of requests) {
          const pod = makePod({ spec: cpu(`${milli}m`) });
          const decision = decide(pod, nodes, pods);
          if (decision.kind === "bind")
            pods.push({ ...pod, spec: { containers: [], ...pod.spec, nodeName: decision.node } });
        }
        for (const node of ["a", "b"]) {
          const here = pods.filter((pod) => pod.spec?.nodeName === node);
          expect(here.length).toBeLessThanOrEqual(10);
          expect(here.reduce((total, pod) => total + (podRequests(pod).get("cpu") ?? 0), 0)).toBeLessThanOrEqual(4_000);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("counts init containers at their largest and sidecars for good", () => {
    const container = (amount: string, restartPolicy?: string) => ({
      name: "i",
      image: "x",
      resources: { requests: { cpu: amount } },
      ...(restartPolicy === undefined ? {} : { restartPolicy }),
    });
    const pod = makePod({
      spec: {
        containers: [container("1")],
        initContainers: [container("100m", "Always"), container("2")],
        overhead: { cpu: "50m" },
      },
    });
    expect(podRequests(pod).get("cpu")).toBe(2_150);
  });

  it.each([
    [{ operator: "Exists" }, true],
    [{ key: "k", operator: "Exists" }, true],
    [{ key: "k", value: "v" }, true],
    [{ key: "k", value: "w" }, false],
    [{ key: "k", value: "v", effect: "NoExecute" }, false],
    [{ value: "v" }, false],
    [{ key: "k", operator: "Strange" }, false],
  ])("toleration %j: %s", (toleration, expected) => {
    expect(tolerates(toleration, { key: "k", value: "v", effect: "NoSchedule" })).toBe(expected);
  });
});
