import {
  labelSelectorAsSelector,
  type Pod,
  requirement,
  selectorOf,
  type TopologySpreadConstraint,
} from "@bulkhead/api";
import { type Filter, resolvable, unresolvable } from "./filter.ts";
import { matchesNodeAffinity } from "./node-affinity.ts";
import type { NodeView, Snapshot } from "./snapshot.ts";
import { untolerated } from "./taints.ts";

const misfit = "node(s) didn't match pod topology spread constraints";

/** Whether a node counts for a constraint (nodeAffinityPolicy, nodeTaintsPolicy). */
function counts(pod: Pod, constraint: TopologySpreadConstraint, view: NodeView): boolean {
  if ((constraint.nodeAffinityPolicy ?? "Honor") === "Honor" && !matchesNodeAffinity(pod, view)) return false;
  return (
    (constraint.nodeTaintsPolicy ?? "Ignore") !== "Honor" ||
    untolerated(pod, view.node.spec?.taints ?? [], "NoSchedule", "NoExecute").length === 0
  );
}

/** How many matching pods each domain has. */
export function domainCounts(pod: Pod, constraint: TopologySpreadConstraint, snapshot: Snapshot): Map<string, number> {
  const selector = spreadSelector(pod, constraint);
  const domains = new Map<string, number>();
  for (const view of snapshot.nodes) {
    const value = view.labels[constraint.topologyKey];
    if (value === undefined || !counts(pod, constraint, view)) continue;
    const here = view.pods.filter(
      (other) =>
        other.metadata.namespace === pod.metadata.namespace &&
        other.metadata.deletionTimestamp === undefined &&
        selector.matches(other.metadata.labels),
    ).length;
    domains.set(value, (domains.get(value) ?? 0) + here);
  }
  return domains;
}

function spreadSelector(pod: Pod, constraint: TopologySpreadConstraint) {
  const selector = labelSelectorAsSelector(constraint.labelSelector);
  const labels = pod.metadata.labels ?? {};
  const more = (constraint.matchLabelKeys ?? [])
    .filter((key) => labels[key] !== undefined)
    .map((key) => requirement(key, "in", [labels[key] ?? ""]));
  return more.length === 0 || selector.nothing ? selector : selectorOf([...selector.requirements, ...more]);
}

export const topologySpread: Filter = (pod, view, snapshot) => {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
    (constraint) => constraint.whenUnsatisfiable === "DoNotSchedule",
  );
  for (const constraint of constraints)
    if (view.labels[constraint.topologyKey] === undefined) return unresolvable(`${misfit} (missing required label)`);
  for (const constraint of constraints) {
    const domains = domainCounts(pod, constraint, snapshot);
    const least =
      domains.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...(domains.size === 0 ? [0] : domains.values()));
    const self = spreadSelector(pod, constraint).matches(pod.metadata.labels) ? 1 : 0;
    const here = domains.get(view.labels[constraint.topologyKey] ?? "") ?? 0;
    if (here + self - least > constraint.maxSkew) return resolvable(misfit);
  }
  return undefined;
};
