import { expect, it } from "vitest";
import { makeNode, makePod } from "../test-objects.ts";
import { planPodGarbage } from "./plan.ts";

it("collects the oldest ended beyond the threshold, pods of lost nodes, and deleted ones without a node", () => {
  const pods = [
    makePod({ name: "young", phase: "Succeeded", created: "2026-01-02T00:00:00Z", node: "a" }),
    makePod({ name: "old", phase: "Failed", created: "2026-01-01T00:00:00Z", node: "a" }),
    makePod({ name: "runs", node: "a" }),
    makePod({ name: "lost", node: "gone" }),
    makePod({ name: "maybe", node: "new" }),
    makePod({ name: "never", deleting: true, phase: "Pending" }),
    makePod({ name: "waits", phase: "Pending" }),
  ];
  const plan = planPodGarbage({ pods, nodes: [makeNode("a")], lostNodes: new Set(["gone", "a"]), threshold: 1 });
  expect(plan.map(({ pod, why }) => `${pod.metadata.name ?? ""}: ${why}`).sort()).toEqual([
    "lost: orphaned",
    "never: unscheduled",
    "old: terminated",
  ]);
});
