import type { Pod } from "@bulkhead/api";
import { edited, removing, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadNodeName = workloadControl({
  id: "workload-node-name",
  title: "The scheduler chooses the node, not the manifest",
  area: "workloads",
  attack:
    "Taints, affinities and room are what the scheduler weighs, and a manifest that names the node skips it. Whoever may write such a pod puts it beside the workload they want to attack, on a control plane node or on one set apart for another tenant. A taint of effect NoSchedule does not stop it.",
  severity: "medium",
  severityBecause: "it undoes the separation of nodes, and needs a way out of the container to make something of it",
  frameworks: { nsa: ["pod-security"], attack: ["T1610"], owasp: ["K01:2025"], nist: ["4.3.4"] },
  check: ({ spec, prefix, object, template }) => {
    if (spec.nodeName === undefined || spec.nodeName === "") return [];
    // A pod that runs has it from the scheduler, or from its node.
    const placed = object.kind === "Pod" && (object as Pod).status !== undefined;
    if (placed || template.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return [];
    return [
      {
        field: `${prefix}spec.nodeName`,
        says: `it is put on node ${spec.nodeName} past the scheduler and its taints`,
      },
    ];
  },
  fix: (workload, breach) => {
    const { nodeName = "", nodeSelector } = workload.spec;
    return edited(
      [
        removing(workload, breach.field),
        setting(workload, `${workload.prefix}spec.nodeSelector`, {
          ...nodeSelector,
          "kubernetes.io/hostname": nodeName,
        }),
      ],
      {
        mind: "it asks for the same node by its label, where taints and room count; a label that fits several nodes is better still",
      },
    );
  },
});
