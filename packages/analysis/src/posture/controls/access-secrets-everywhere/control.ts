import { ruleControl } from "../../../access/rule-control.ts";

export const accessSecretsEverywhere = ruleControl({
  id: "access-secrets-everywhere",
  title: "No role reads every Secret of the cluster",
  attack:
    "Secrets hold the passwords, keys and tokens of everything that runs, also those of other teams and of the cluster's own parts. list and watch give their contents as get does. One stolen token of a holder opens databases, clouds and the stronger accounts.",
  severity: "critical",
  severityBecause: "the credentials of every workload lie behind one token",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K03:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.2"],
    attack: ["T1552.007"],
  },
  power: "secrets",
  held: "everywhere",
  mind: "an operator that needs Secrets of some namespaces gets a RoleBinding in each of them",
});
