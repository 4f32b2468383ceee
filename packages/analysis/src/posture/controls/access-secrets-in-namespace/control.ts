import { ruleControl } from "../../../access/rule-control.ts";

export const accessSecretsInNamespace = ruleControl({
  id: "access-secrets-in-namespace",
  title: "Roles read Secrets by their names and not all of a namespace",
  attack:
    "A workload needs the two or three Secrets that are its own, and mostly gets them mounted without any right. A holder of all of them reads its neighbours' passwords and keys as well. A flaw in the least guarded pod of the namespace opens the best guarded one's database.",
  severity: "medium",
  severityBecause: "it stays within a namespace, whose pods may mount the same Secrets",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K03:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.2"],
    attack: ["T1552.007"],
  },
  power: "secrets",
  held: "namespaces",
  mind: "name the Secrets that are read in resourceNames; list and watch then want a field selector by name",
});
