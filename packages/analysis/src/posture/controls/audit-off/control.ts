import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const auditOff = factControl(kinds.auditFacts, {
  id: "audit-off",
  title: "The API server records who does what",
  area: "audit",
  attack:
    "The audit log is where an intrusion is seen and understood: who read which Secret, who made which binding. Without it a stolen token leaves no trace. Nobody can say afterwards what was taken, so everything counts as taken.",
  severity: "high",
  severityBecause: "without it no other sign of an intrusion can be followed",
  frameworks: {
    nsa: ["audit-logging"],
    cis: ["1.2.16", "3.2.1"],
    attack: ["T1562.001"],
    owasp: ["K10:2025"],
    pci: ["10.2.1"],
  },
  fact: "enabled",
  check: (enabled) => (enabled ? undefined : "requests leave no record"),
  passing: "true",
  how: "give the API server --audit-policy-file and --audit-log-path (or a webhook); the policy of the Kubernetes documentation is a fair start",
});
