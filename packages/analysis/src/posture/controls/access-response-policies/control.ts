import { ruleControl } from "../../../access/rule-control.ts";

export const accessResponsePolicies = ruleControl({
  id: "access-response-policies",
  title: "Only those who answer for intrusions change ResponsePolicies",
  attack:
    "A ResponsePolicy says what is done when a pod behaves as if someone had broken in. A holder switches it to telling alone, or takes it away. The intruder's pod is then neither isolated nor stopped.",
  severity: "medium",
  severityBecause: "it takes a defence away, but needs an intrusion to matter",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K10:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1562.001"],
  },
  power: "response-policies",
});
