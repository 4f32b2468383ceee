import type { Pod } from "@bulkhead/api";
import { matchesTerm } from "./node-affinity.ts";
import { podRequests } from "./pod-requests.ts";
import type { NodeView, Snapshot } from "./snapshot.ts";
import { untolerated } from "./taints.ts";
import { domainCounts } from "./topology-spread.ts";

/** 0 to 100: the share that stays free of cpu and memory. */
function leastAllocated(pod: Pod, view: NodeView): number {
  const requests = podRequests(pod);
  const free = ["cpu", "memory"].map((name) => {
    const whole = view.allocatable.get(name) ?? 0;
    if (whole === 0) return 0;
    const used = (view.requested.get(name) ?? 0) + (requests.get(name) ?? 0);
    return Math.max(0, (whole - used) / whole) * 100;
  });
  return free.reduce((total, share) => total + share, 0) / free.length;
}

const preferredNodes = (pod: Pod, view: NodeView): number =>
  (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter(({ preference }) => matchesTerm(preference, view))
    .reduce((total, { weight }) => total + weight, 0);

function spread(pod: Pod, view: NodeView, snapshot: Snapshot): number {
  let crowd = 0;
  for (const constraint of pod.spec?.topologySpreadConstraints ?? []) {
    if (constraint.whenUnsatisfiable !== "ScheduleAnyway") continue;
    crowd += domainCounts(pod, constraint, snapshot).get(view.labels[constraint.topologyKey] ?? "") ?? 0;
  }
  return -crowd;
}

/** The best of the nodes that will do; of equals the one with the fewest pods, then by name. */
export function bestNode(pod: Pod, views: readonly NodeView[], snapshot: Snapshot): NodeView | undefined {
  const scored = views.map((view) => ({
    view,
    score:
      leastAllocated(pod, view) +
      2 * preferredNodes(pod, view) +
      10 * spread(pod, view, snapshot) -
      30 * untolerated(pod, view.node.spec?.taints ?? [], "PreferNoSchedule").length,
  }));
  scored.sort(
    (a, b) => b.score - a.score || a.view.pods.length - b.view.pods.length || (a.view.name < b.view.name ? -1 : 1),
  );
  return scored[0]?.view;
}
