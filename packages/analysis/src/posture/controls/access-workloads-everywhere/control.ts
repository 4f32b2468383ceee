import { ruleControl } from "../../../access/rule-control.ts";

export const accessWorkloadsEverywhere = ruleControl({
  id: "access-workloads-everywhere",
  title: "No role runs pods in every namespace",
  attack:
    "A pod names the service account that it runs under and the Secrets that it mounts, and whoever makes the pod chooses. A holder starts one in the namespace with the strongest account, where admission allows it, with the host's disk. The account's token then lies in a file of a container that the attacker wrote.",
  severity: "critical",
  severityBecause: "the strongest account of the cluster, its own parts' among them, is one pod away",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.4"],
    attack: ["T1610", "T1098"],
  },
  power: "workloads",
  held: "everywhere",
  mind: "an operator that makes pods in some namespaces gets a RoleBinding in each of them",
});
