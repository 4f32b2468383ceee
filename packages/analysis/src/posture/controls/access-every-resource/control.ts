import { ruleControl } from "../../../access/rule-control.ts";

export const accessEveryResource = ruleControl({
  id: "access-every-resource",
  title: "No rule names every resource of Kubernetes' own groups",
  attack:
    "A rule with the resource `*` covers Secrets, tokens and roles together with what it was written for, and each kind that comes later. An attacker with the holder's token lists what is there and takes the most useful. With reading alone they have every credential that the API keeps, with writing the cluster.",
  severity: "critical",
  severityBecause: "reading every kind includes every Secret, and writing every kind includes workloads and rights",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.2", "5.1.3"],
    attack: ["T1552.007", "T1613"],
  },
  power: "any-resource",
  byHand: {
    why: "no object says which resources are used",
    how: "write down the resources that the audit log shows for the holders over a few weeks, and name them in the rule",
  },
});
