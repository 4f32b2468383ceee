import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const auditCatchAll = factControl(kinds.auditFacts, {
  id: "audit-catch-all",
  title: "What no rule of the audit policy names is recorded too",
  area: "audit",
  attack:
    "The first rule of an audit policy that fits decides, and a last rule of level None drops all the rest. New kinds, such as those of an operator, then are never recorded. An attacker who knows the policy works with exactly those.",
  severity: "medium",
  severityBecause: "part of what happens leaves no trace",
  frameworks: {
    nsa: ["audit-logging"],
    cis: ["3.2.2"],
    attack: ["T1562.001"],
    owasp: ["K10:2025"],
    pci: ["10.2.1"],
  },
  fact: "policy",
  check: (policy) =>
    policy.catchAllNone ? [{ at: ".catchAllNone", says: "what no rule names is dropped" }] : undefined,
  passing: "false",
  how: "end the audit policy with a rule of level Metadata without conditions",
});
