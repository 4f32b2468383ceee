import { ruleControl } from "../../../access/rule-control.ts";

export const accessNamespaceLabels = ruleControl({
  id: "access-namespace-labels",
  title: "No role changes labels of namespaces",
  attack:
    "A namespace's labels carry its Pod Security level, and NetworkPolicies, webhooks and image policies choose namespaces by them. A holder sets the level to privileged or takes on the label that another policy trusts. Then a pod with the node's disk is admitted like any other.",
  severity: "high",
  severityBecause: "the rules for a namespace's pods are off with one patch",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K04:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1562.001"],
  },
  power: "namespace-labels",
});
