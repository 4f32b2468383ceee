import type { NodeSelectorRequirement, NodeSelectorTerm, Pod } from "@bulkhead/api";
import { type Filter, unresolvable } from "./filter.ts";
import type { NodeView } from "./snapshot.ts";

function holds(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** A term without requirements matches no node. */
export function matchesTerm(term: NodeSelectorTerm, view: NodeView): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((one) => holds(one, Object.hasOwn(view.labels, one.key) ? view.labels[one.key] : undefined)) &&
    fields.every((one) => one.key === "metadata.name" && holds(one, view.name))
  );
}

/** nodeSelector and the required node affinity. */
export function matchesNodeAffinity(pod: Pod, view: NodeView): boolean {
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) if (view.labels[key] !== value) return false;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, view));
}

export const nodeAffinity: Filter = (pod, view) =>
  matchesNodeAffinity(pod, view) ? undefined : unresolvable("node(s) didn't match Pod's node affinity/selector");
