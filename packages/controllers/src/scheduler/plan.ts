import type { Pod } from "@bulkhead/api";
import type { Filter, Misfit } from "./filter.ts";
import { freeHostPorts } from "./host-ports.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { interPodAffinity } from "./pod-affinity.ts";
import { notAvailable, type Preemption, planPreemption } from "./preemption.ts";
import { resourcesFit } from "./resources-fit.ts";
import { bestNode } from "./score.ts";
import type { NodeView, Snapshot } from "./snapshot.ts";
import { nodeUnschedulable, taintToleration } from "./taints.ts";
import { topologySpread } from "./topology-spread.ts";

/** The first that objects is the one that is told. */
const filters: readonly Filter[] = [
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  freeHostPorts,
  resourcesFit,
  topologySpread,
  interPodAffinity,
];

export type SchedulingDecision =
  | { readonly kind: "bind"; readonly node: string }
  | { readonly kind: "unschedulable"; readonly message: string; readonly preemption: Preemption | undefined };

const judge = (pod: Pod, view: NodeView, snapshot: Snapshot): Misfit | undefined => {
  for (const filter of filters) {
    const misfit = filter(pod, view, snapshot);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
};

/** Pure: where a pod goes, or why nowhere and what would have to give way. */
export function planScheduling(pod: Pod, snapshot: Snapshot): SchedulingDecision {
  if (snapshot.nodes.length === 0)
    return { kind: "unschedulable", message: "no nodes available to schedule pods", preemption: undefined };
  const total = snapshot.nodes.length;
  const missing = (pod.spec?.volumes ?? [])
    .map((volume) => volume.persistentVolumeClaim?.claimName)
    .find((claim) => claim !== undefined && !snapshot.claimExists(pod.metadata.namespace ?? "", claim));
  if (missing !== undefined) {
    // Upstream's words, the second "not found" included.
    const message = `0/${total} nodes are available: persistentvolumeclaim ${JSON.stringify(missing)} not found. not found`;
    return { kind: "unschedulable", message, preemption: undefined };
  }
  const misfits = new Map<string, Misfit>();
  const fitting: NodeView[] = [];
  for (const view of snapshot.nodes) {
    const misfit = judge(pod, view, snapshot);
    if (misfit === undefined) fitting.push(view);
    else misfits.set(view.name, misfit);
  }
  const best = bestNode(pod, fitting, snapshot);
  if (best !== undefined) return { kind: "bind", node: best.name };
  const why = notAvailable(
    total,
    [...misfits.values()].flatMap((misfit) => misfit.reasons),
  );
  const result = planPreemption(pod, misfits, snapshot, judge);
  switch (result.kind) {
    case "found":
      return { kind: "unschedulable", message: why, preemption: result.preemption };
    case "none":
      return {
        kind: "unschedulable",
        message: `${why} no new claims to deallocate, preemption: ${result.message}`,
        preemption: undefined,
      };
  }
}
