import type { Pod, Taint, Toleration } from "@bulkhead/api";
import { type Filter, unresolvable } from "./filter.ts";

/** Whether one toleration covers one taint (v1 helper ToleratesTaint). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if ((toleration.effect ?? "") !== "" && toleration.effect !== taint.effect) return false;
  if ((toleration.key ?? "") !== "" && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? "Equal") {
    case "":
    case "Equal":
      return (toleration.key ?? "") !== "" && (toleration.value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    default:
      return false;
  }
}

/** Taints of these effects that nothing in the pod tolerates. */
export const untolerated = (pod: Pod, taints: readonly Taint[], ...effects: readonly string[]): Taint[] =>
  taints.filter(
    (taint) =>
      effects.includes(taint.effect) &&
      !(pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );

export const taintToleration: Filter = (pod, view) =>
  untolerated(pod, view.node.spec?.taints ?? [], "NoSchedule", "NoExecute").length === 0
    ? undefined
    : unresolvable("node(s) had untolerated taint(s)");

const unschedulable: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

export const nodeUnschedulable: Filter = (pod, view) =>
  view.node.spec?.unschedulable === true && untolerated(pod, [unschedulable], "NoSchedule").length > 0
    ? unresolvable("node(s) were unschedulable")
    : undefined;
