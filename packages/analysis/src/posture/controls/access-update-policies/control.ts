import { ruleControl } from "../../../access/rule-control.ts";

export const accessUpdatePolicies = ruleControl({
  id: "access-update-policies",
  title: "Only those who deploy write UpdatePolicies",
  attack:
    "An UpdatePolicy has the cluster replace a workload's image by itself, from the tags that it names. A holder who may not change the workload has it changed by pointing it at another tag or lifting its checks. Code that nobody of that team chose then runs under their account.",
  severity: "medium",
  severityBecause: "images are still held to those that are trusted",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1525"],
  },
  power: "update-policies",
});
