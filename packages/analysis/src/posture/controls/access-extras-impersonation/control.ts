import { ruleControl } from "../../../access/rule-control.ts";

export const accessExtrasImpersonation = ruleControl({
  id: "access-extras-impersonation",
  title: "No role may claim any extra attributes or uid of a user",
  attack:
    "Extra attributes and uids of a user decide in webhooks and extension servers, not in RBAC. A holder who impersonates someone adds a scope or an identifier that those trust. Such a server lets through what it would refuse the same name otherwise.",
  severity: "low",
  severityBecause: "it counts only together with impersonation and a server that reads them",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.8"],
  },
  power: "impersonate-extras",
});
