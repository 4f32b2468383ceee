import { ruleControl } from "../../../access/rule-control.ts";

export const accessBind = ruleControl({
  id: "access-bind",
  title: "No role may bind roles that its holder does not hold",
  attack:
    "Kubernetes lets nobody bind a role with rights that they do not hold, unless they have the verb bind on it. A holder who may also create bindings gives themselves cluster-admin. What is then done is done with that role's name and leaves the first account behind.",
  severity: "critical",
  severityBecause: "it is the administrator's rights with one request in between",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.8"],
    attack: ["T1098.006"],
  },
  power: "bind",
});
