import { quantityValue, tryParseQuantity } from "@bulkhead/api";
import { withoutResource } from "../../../deciders/resources.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const gibibyte = 1024 ** 3;

export const workloadStorageUnlimited = workloadControl({
  id: "workload-storage-unlimited",
  title: "What containers write to the node's disk has a limit",
  area: "workloads",
  attack:
    "Logs, emptyDirs and what a container writes to its root all lie on the node's own disk. An attacker who makes a program log without end, or writes files, fills that disk. The kubelet then evicts pods that did nothing, pulls no images any more, and logs that would tell of it are lost.",
  severity: "low",
  severityBecause: "it takes a node's pods down for a while, and the kubelet's own eviction stands in between",
  frameworks: { attack: ["T1499"], owasp: ["K01:2025"], nist: ["4.4.3"] },
  check: (workload, view) =>
    withoutResource(workload, view, "limits", "ephemeral-storage")
      .filter(({ role }) => role !== "init")
      .map(({ name, field }) => ({
        field: `${field}.resources.limits["ephemeral-storage"]`,
        key: name,
        says: `container ${name} may fill its node's disk`,
      })),
  fix: (workload, breach) => {
    // What emptyDirs may hold counts as well.
    const declared = (workload.spec.volumes ?? []).reduce((sum, { emptyDir }) => {
      const size = emptyDir?.medium === "Memory" ? undefined : tryParseQuantity(emptyDir?.sizeLimit);
      return sum + (size === undefined ? 0 : quantityValue(size));
    }, 0);
    return edited([setting(workload, breach.field, `${1 + Math.ceil(declared / gibibyte)}Gi`)], {
      mind: "the pod is evicted when its logs, its root and its emptyDirs together pass the sum of these limits; keep what is larger on a claim",
    });
  },
});
