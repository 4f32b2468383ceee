import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const registryPushesUnrecorded = factControl(kinds.registryFacts, {
  id: "registry-pushes-unrecorded",
  title: "Who pushed which image is recorded",
  area: "registry",
  attack:
    "After an incident the first question is since when an image was bad, and who put it there. Without a record of pushes a tag that was moved for an hour leaves no trace. The stolen credential that did it is not found, and is used again.",
  severity: "low",
  severityBecause: "it opens nothing but hides what was done",
  frameworks: {
    nsa: ["audit-logging"],
    attack: ["T1525"],
    owasp: ["K10:2025"],
    nist: ["4.2.3"],
    pci: ["10.2.1"],
  },
  fact: "pushesAudited",
  check: (recorded) => (recorded ? undefined : "pushes leave no record"),
  passing: "true",
  how: "send notifications of the registry to a log that it cannot change; the registry of Bulkhead writes pushes to the audit log",
});
