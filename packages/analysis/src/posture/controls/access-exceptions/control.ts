import { ruleControl } from "../../../access/rule-control.ts";

export const accessExceptions = ruleControl({
  id: "access-exceptions",
  title: "Only the cluster's administrators write Exceptions and trust in images",
  attack:
    "Exceptions and ImageTrustPolicies are the doors through which Bulkhead's rules may be passed. A holder writes an Exception for a pod of theirs, or trusts a registry of their own. The privileged pod or the foreign image then runs by the book.",
  severity: "high",
  severityBecause: "it lifts each rule that the rest of the cluster relies on",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K04:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1562.001"],
  },
  power: "deciders",
});
