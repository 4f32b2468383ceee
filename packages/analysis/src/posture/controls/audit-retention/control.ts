import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const auditRetention = factControl(kinds.auditFacts, {
  id: "audit-retention",
  title: "Records are kept for ninety days at least",
  area: "audit",
  attack:
    "Intrusions are found weeks or months after they began. Where the log is thrown away sooner, its beginning is gone: how they came in and what they took first. Without that the same door stays open.",
  severity: "medium",
  severityBecause: "what is found late cannot be understood",
  frameworks: {
    nsa: ["audit-logging"],
    cis: ["1.2.17"],
    owasp: ["K10:2025"],
    pci: ["10.5.1"],
  },
  fact: "retentionDays",
  check: (days, { facts }) =>
    facts.enabled?.value === false
      ? "not-applicable"
      : days > 0 && days < 90 && facts.shippedElsewhere?.value !== true
        ? `records are thrown away after ${days} days`
        : undefined,
  passing: "90",
  how: "keep them longer (--audit-log-maxage=90 or more, with enough --audit-log-maxbackup and disk), or send them to where they are kept; PCI DSS asks for a year, of which three months at hand",
});
