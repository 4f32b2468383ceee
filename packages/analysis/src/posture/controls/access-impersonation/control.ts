import { ruleControl } from "../../../access/rule-control.ts";

export const accessImpersonation = ruleControl({
  id: "access-impersonation",
  title: "No role may act as any user or group",
  attack:
    "Impersonation answers a request as if someone else had sent it. Whoever may impersonate groups says that they are of system:masters, which no rule binds. The whole cluster is theirs, and the trail shows a name that they chose.",
  severity: "critical",
  severityBecause: "one header makes its holder the administrator",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.8"],
    attack: ["T1078"],
  },
  power: "impersonate",
  mind: "a proxy that signs users in needs it: name the users and groups that it speaks for in resourceNames",
});
