import { ruleControl } from "../../../access/rule-control.ts";

export const accessAccountImpersonation = ruleControl({
  id: "access-account-impersonation",
  title: "No role may act as any service account",
  attack:
    "Each service account is an identity with rights of its own, and impersonation needs no token of it. A holder tries the accounts of controllers and operators, which hold more than people do. They then act with the strongest of them, in its name.",
  severity: "high",
  severityBecause: "it gives the strongest account that the holder can reach",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.8"],
    attack: ["T1078"],
  },
  power: "impersonate-accounts",
});
