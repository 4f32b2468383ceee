import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const auditUnchained = factControl(kinds.auditFacts, {
  id: "audit-unchained",
  title: "A change of the audit log would be seen",
  area: "audit",
  attack:
    "An attacker with rights on the machine takes his own lines out of the log. In a chain each record holds the digest of the one before, so that a missing or changed one shows; a copy on another machine serves as well. With neither, the log says what the last writer wanted it to say.",
  severity: "medium",
  severityBecause: "it takes rights on the machine that holds the log",
  frameworks: {
    nsa: ["audit-logging"],
    attack: ["T1070"],
    owasp: ["K10:2025"],
    pci: ["10.3.2", "10.3.4"],
  },
  fact: "chained",
  check: (chained, { object, facts }) => {
    if (facts.enabled?.value === false) return "not-applicable";
    if (chained || needed(facts.shippedElsewhere, object, "shippedElsewhere").value) return undefined;
    return "records are neither chained nor sent elsewhere";
  },
  passing: "true",
  how: "Bulkhead chains and signs its records; elsewhere send them to a machine or bucket that can only be added to (audit webhook, or a log shipper)",
});
