import { ruleControl } from "../../../access/rule-control.ts";

export const accessRolesChanged = ruleControl({
  id: "access-roles-changed",
  title: "Workloads and people who deploy may not change roles and bindings",
  attack:
    "Without escalate and bind, a holder can give away only what they hold themselves, but to anyone and for ever. An attacker who has the holder's token for an hour binds its rights to an account of their own. Revoking the first token then changes nothing.",
  severity: "medium",
  severityBecause: "it keeps rights alive and hands them on, but adds none",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.8"],
    attack: ["T1098.006"],
  },
  power: "roles-changed",
});
