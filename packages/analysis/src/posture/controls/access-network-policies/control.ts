import { ruleControl } from "../../../access/rule-control.ts";

export const accessNetworkPolicies = ruleControl({
  id: "access-network-policies",
  title: "No workload changes network policies",
  attack:
    "NetworkPolicies hold a pod that is broken into to the few connections that it needs. A holder deletes the policy or adds one that allows everything, since policies only ever add. The attacker then scans and reaches what was closed, and takes data out.",
  severity: "medium",
  severityBecause: "it opens connections, which others may still guard",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K05:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1562.001"],
  },
  power: "network-policies",
});
