import { ruleControl } from "../../../access/rule-control.ts";

export const accessNodes = ruleControl({
  id: "access-nodes",
  title: "No role changes nodes",
  attack:
    "Labels and taints of nodes say which workloads come to which machine. A holder draws pods with strong accounts to a node that they already have, or drives everything off the others. Deleting nodes ends what runs on them.",
  severity: "medium",
  severityBecause: "it moves workloads towards an attacker who already holds a node, or stops them",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1", "4.3.5"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1499"],
  },
  power: "nodes",
});
