import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const auditSecretAccess = factControl(kinds.auditFacts, {
  id: "audit-secret-access",
  title: "Reading a Secret is recorded",
  area: "audit",
  attack:
    "Reads of Secrets are the step between a foothold and the next system. A policy that leaves out reads, or all of Secrets, records nothing of it. After an incident nobody knows which passwords to change.",
  severity: "medium",
  severityBecause: "an intrusion is seen later and never understood whole",
  frameworks: {
    nsa: ["audit-logging"],
    cis: ["3.2.2"],
    attack: ["T1562.001"],
    owasp: ["K10:2025"],
    pci: ["10.2.1"],
  },
  fact: "policy",
  check: (policy) =>
    policy.omitsSecretAccess ? [{ at: ".omitsSecretAccess", says: "reads of Secrets are not recorded" }] : undefined,
  passing: "false",
  how: "record get, list and watch of secrets at the level Metadata",
});
