import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const auditUnverified = factControl(kinds.auditFacts, {
  id: "audit-unverified",
  title: "The chain of the audit log was verified lately and holds",
  area: "audit",
  attack:
    "A chain shows tampering only to who verifies it. A chain that does not hold says that records were taken out or changed, which only someone with the rights of the API server or of root can do. That is an intrusion until it is explained.",
  severity: "high",
  severityBecause: "a broken chain is a sign of an intrusion that hid itself",
  frameworks: {
    nsa: ["audit-logging", "threat-detection"],
    attack: ["T1070"],
    owasp: ["K10:2025"],
    pci: ["10.3.4"],
  },
  fact: "verified",
  check: ({ ok, at }, { view }) => {
    if (!ok) return [{ at: ".ok", says: `the chain did not hold when it was verified at ${at}` }];
    const days = Math.floor((view.now() - Date.parse(at)) / 86_400_000);
    return days > 31 ? [{ at: ".at", says: `it was last verified ${days} days ago` }] : undefined;
  },
  how: "bulkhead audit verify; where it does not hold, keep the file and the machine as they are, and treat it as an intrusion",
});
