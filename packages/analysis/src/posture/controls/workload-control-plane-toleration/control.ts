import type { Toleration } from "@bulkhead/api";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";
import type { Workload } from "../../workload.ts";

const taints = new Set(["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"]);

const toleratesIt = ({ key = "", operator = "Equal", effect = "", value = "" }: Toleration): boolean =>
  (effect === "" || effect === "NoSchedule") &&
  (taints.has(key) ? operator === "Exists" || value === "" : key === "" && operator === "Exists");

/** Whether the workload asks for control-plane nodes and no others. */
const wantsIt = ({ spec }: Workload): boolean =>
  Object.keys(spec.nodeSelector ?? {}).some((key) => taints.has(key)) ||
  (spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).some((term) =>
    term.matchExpressions?.some(({ key, operator }) => taints.has(key) && (operator === "Exists" || operator === "In")),
  );

export const workloadControlPlaneToleration = workloadControl({
  id: "workload-control-plane-toleration",
  title: "Applications do not run on control plane nodes",
  area: "workloads",
  attack:
    "Control plane nodes are tainted so that nothing else runs beside the API server and the cluster's database. An application that tolerates the taint may be put there. A way out of its container, which elsewhere costs one node, then leads to the keys and data of the whole cluster.",
  severity: "medium",
  severityBecause: "it needs a way out of the container as well, but that way then leads to the whole cluster",
  frameworks: { nsa: ["control-plane"], attack: ["T1610"], owasp: ["K01:2025"], nist: ["4.3.4"] },
  check: (workload) => {
    const { spec, prefix, namespace, object } = workload;
    // An agent for every node is for these too.
    if (namespace === "kube-system" || object.kind === "DaemonSet") return [];
    return (spec.tolerations ?? []).flatMap((toleration, i) =>
      toleratesIt(toleration)
        ? [
            {
              field: `${prefix}spec.tolerations[${i}]`,
              key: `${toleration.key ?? "*"} ${toleration.operator ?? "Equal"} ${toleration.effect ?? "*"}`,
              says: `it tolerates ${toleration.key === undefined ? "every taint" : `the taint ${toleration.key}`}, so that it may run beside the control plane`,
            },
          ]
        : [],
    );
  },
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      ...(wantsIt(workload)
        ? { breaks: "its node selector asks for control plane nodes, so that its pods would be placed nowhere" }
        : {}),
      mind: "a cluster of control plane nodes alone has nowhere else to put it",
    }),
});
