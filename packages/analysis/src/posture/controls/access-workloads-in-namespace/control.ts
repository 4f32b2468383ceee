import { ruleControl } from "../../../access/rule-control.ts";

export const accessWorkloadsInNamespace = ruleControl({
  id: "access-workloads-in-namespace",
  title: "Accounts and people run pods in a namespace only where that is their task",
  attack:
    "Making pods gives every service account and every Secret of the namespace, since the pod's maker names them. A holder that is broken into starts a pod under the namespace's strongest account. What was held apart by roles is one again.",
  severity: "medium",
  severityBecause: "it stays within a namespace and is what deployers are for",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.4"],
    attack: ["T1610"],
  },
  power: "workloads",
  held: "namespaces",
  mind: "deployers need it; accept it for them by an Exception and keep strong accounts in other namespaces",
});
