import { ruleControl } from "../../../access/rule-control.ts";

export const accessEscalate = ruleControl({
  id: "access-escalate",
  title: "No role may write roles beyond its holder's own rights",
  attack:
    "Kubernetes lets nobody write a role with rights that they do not hold, unless they have the verb escalate. A holder adds every right to a role that is already bound to them. One patch later they are administrators.",
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
  power: "escalate",
});
