import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const auditLocalOnly = factControl(kinds.auditFacts, {
  id: "audit-local-only",
  title: "Proof of the audit log lies outside of the machine",
  area: "audit",
  attack:
    "A chain can be made anew as a whole by who holds its key. Checkpoints that were taken elsewhere, or a copy of the records, show that too. Without either, root of the machine writes the history of the machine.",
  severity: "low",
  severityBecause: "it takes root and the key of the log",
  frameworks: {
    nsa: ["audit-logging"],
    attack: ["T1070"],
    owasp: ["K10:2025"],
    pci: ["10.3.3"],
  },
  fact: "checkpointsExported",
  check: (exported, { facts }) =>
    facts.enabled?.value === false || facts.chained?.value === false
      ? "not-applicable"
      : exported || facts.shippedElsewhere?.value === true
        ? undefined
        : "neither checkpoints nor records are kept anywhere else",
  passing: "true",
  how: "bulkhead audit checkpoint export writes the newest signed checkpoint: keep it, by a timer, on another machine; bulkhead audit verify takes it",
});
