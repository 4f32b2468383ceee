import { ruleControl } from "../../../access/rule-control.ts";

export const accessLeases = ruleControl({
  id: "access-leases",
  title: "No workload takes the leases of the cluster's parts and nodes",
  attack:
    "By leases the cluster's controllers agree who leads, and nodes show that they live. A holder keeps a lease renewed in its own name, or lets a node's lapse. Controllers then stand still, or healthy nodes are emptied.",
  severity: "low",
  severityBecause: "it stops things and gives no further right",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1499"],
  },
  power: "leases",
  mind: "leader election needs leases of its own namespace, or one by its name",
});
