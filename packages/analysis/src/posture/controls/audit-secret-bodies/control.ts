import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const auditSecretBodies = factControl(kinds.auditFacts, {
  id: "audit-secret-bodies",
  title: "The audit log holds no values of Secrets",
  area: "audit",
  attack:
    "At the levels Request and RequestResponse the log holds whole objects. Where that covers Secrets, tokens or ConfigMaps with passwords, every value that was ever read or written lies in a file. The log is read by more people and systems than the Secrets, and is kept for years.",
  severity: "high",
  severityBecause: "the log becomes a copy of all Secrets with fewer locks",
  frameworks: {
    nsa: ["audit-logging", "secrets"],
    cis: ["3.2.2"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    pci: ["10.3.1"],
  },
  fact: "policy",
  check: (policy) =>
    policy.logsSecretBodies
      ? [{ at: ".logsSecretBodies", says: "values of Secrets are written to the log" }]
      : undefined,
  passing: "false",
  how: "record secrets, configmaps and tokenreviews at the level Metadata, before any rule with bodies; then change the Secrets that were recorded and shorten what the log keeps of them",
});
