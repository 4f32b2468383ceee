import { ruleControl } from "../../../access/rule-control.ts";

export const accessEventsDeleted = ruleControl({
  id: "access-events-deleted",
  title: "No role deletes events",
  attack:
    "Events tell what happened to pods: failed starts, killed containers, refused images. A holder deletes those that an attack left behind. Whoever looks into it later finds a quiet cluster.",
  severity: "low",
  severityBecause: "the audit log still has the requests themselves",
  frameworks: {
    nsa: ["audit-logging"],
    owasp: ["K10:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1070"],
  },
  power: "events",
});
