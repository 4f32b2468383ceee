import { levelLabel, podSecurityPolicy } from "@bulkhead/policy";
import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { podSecurityBreaches } from "../../../deciders/workloads.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf, workloadsIn } from "../../workload.ts";

const label = levelLabel("enforce");

export const namespaceRestricted = objectControl(kinds.namespace, {
  id: "namespace-restricted",
  title: "Namespaces enforce as much as their workloads allow",
  area: "namespaces",
  attack:
    "The level baseline keeps pods off the node but lets them run as root, keep capabilities and gain more by setuid programs. Where every workload already does without that, the looser level serves only the next one that comes along. Someone who may deploy there, or has stolen the right, starts a root container in a namespace that never needed one.",
  severity: "low",
  severityBecause: "baseline already refuses the ways onto the node, and tightening it here breaks nothing",
  frameworks: { nsa: ["pod-security"], attack: ["T1610"], owasp: ["K04:2025"], nist: ["4.4.3"], pci: ["2.2.1"] },
  check: ({ metadata }, view) => {
    if (systemNamespaces.has(metadata.name ?? "")) return "not-applicable";
    const { enforce } = podSecurityPolicy(metadata.labels, view.settings.podSecurityDefault);
    if (enforce.level !== "baseline") return [];
    const workloads = workloadsIn(view, metadata.name ?? "");
    if (workloads.length === 0) return [];
    if (
      workloads.some(
        (workload) => podSecurityBreaches(workload, "restricted", view.settings.defaults).decision === "deny",
      )
    )
      return [];
    return [
      {
        field: `metadata.labels["${label}"]`,
        says: `all ${workloads.length} workloads pass restricted, but the namespace enforces baseline`,
        passing: "restricted",
      },
    ];
  },
  fix: (namespace, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: refOf(namespace), field: breach.field, value: "restricted" }],
    mind: "pods that something outside the cluster's objects starts from time to time must pass restricted too",
  }),
});
