import { ruleControl } from "../../../access/rule-control.ts";

export const accessAdmissionPolicies = ruleControl({
  id: "access-admission-policies",
  title: "No role changes admission policies",
  attack:
    "Admission policies are rules that the API server itself enforces. A holder removes one, loosens its expression or takes away its binding, and the rule is gone for everyone. Workloads that were refused yesterday then run, without a trace at the workload.",
  severity: "high",
  severityBecause: "it lifts rules for the whole cluster, but shows it no data",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K04:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1562.001"],
  },
  power: "admission-policies",
});
