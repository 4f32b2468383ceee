import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const system = new Set(["system-cluster-critical", "system-node-critical"]);

export const workloadSystemPriority = workloadControl({
  id: "workload-system-priority",
  title: "Only the cluster's own parts have its highest priorities",
  area: "workloads",
  attack:
    "When a node is full, pods of lower priority are evicted for those of higher, and the two system classes stand above all others. A workload that takes one of them pushes out whatever it likes, and is itself pushed out by nothing. Whoever can write it stops others' services, those that watch and defend among them, by asking for room.",
  severity: "medium",
  severityBecause: "it takes down others' pods at will, but reads and changes nothing of theirs",
  frameworks: { nsa: ["pod-security"], attack: ["T1499"], owasp: ["K01:2025"] },
  check: ({ spec, prefix, namespace }) =>
    namespace !== "kube-system" && spec.priorityClassName !== undefined && system.has(spec.priorityClassName)
      ? [
          {
            field: `${prefix}spec.priorityClassName`,
            says: `in namespace ${namespace} it takes the priority ${spec.priorityClassName}, before which all other pods give way`,
          },
        ]
      : [],
  fix: (workload, breach) =>
    edited(
      [
        removing(workload, breach.field),
        ...(workload.spec.priority === undefined ? [] : [removing(workload, `${workload.prefix}spec.priority`)]),
      ],
      {
        mind: "on a full node it may have to wait or give way; a PriorityClass of your own, below the system's, can rank it",
      },
    ),
});
