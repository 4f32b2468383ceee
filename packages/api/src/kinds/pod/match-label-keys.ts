import type { LabelSelector, Pod, PodAffinityTerm } from "../../generated/types.ts";
import { ownValue } from "../own-value.ts";

type Labels = Readonly<Record<string, string>>;

function addExpressions(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: "In" | "NotIn",
  labels: Labels,
): void {
  // Without a selector a term matches nothing; keys do not change that.
  if (selector === undefined || keys === undefined) return;
  for (const key of keys) {
    const value = ownValue(labels, key);
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}

function applyToTerm(term: PodAffinityTerm, labels: Labels): void {
  addExpressions(term.labelSelector, term.matchLabelKeys, "In", labels);
  addExpressions(term.labelSelector, term.mismatchLabelKeys, "NotIn", labels);
}

/**
 * Writes matchLabelKeys and mismatchLabelKeys of a new pod into the selectors beside them, with the pod's own values
 * (KEP-3633, KEP-3243), so that a scheduler sees plain selectors.
 */
export function applyMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels ?? {};
  const { affinity, topologySpreadConstraints } = pod.spec ?? {};
  for (const side of [affinity?.podAffinity, affinity?.podAntiAffinity]) {
    for (const term of side?.requiredDuringSchedulingIgnoredDuringExecution ?? []) applyToTerm(term, labels);
    for (const weighted of side?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      applyToTerm(weighted.podAffinityTerm, labels);
    }
  }
  for (const constraint of topologySpreadConstraints ?? []) {
    addExpressions(constraint.labelSelector, constraint.matchLabelKeys, "In", labels);
  }
}
