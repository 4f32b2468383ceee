import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeClock = factControl(kinds.nodeFacts, {
  id: "node-clock",
  title: "The clock of the node is kept right",
  area: "node",
  attack:
    "Certificates, tokens, Exceptions and the order of the audit log all depend on the time. A clock that drifts lets what ended go on, or ends what should work. Records of an attack on two machines then cannot be put in order.",
  severity: "low",
  severityBecause: "it weakens ends and records but opens nothing at once",
  frameworks: {
    nsa: ["audit-logging"],
    pci: ["10.6.1"],
  },
  fact: "clockSynchronised",
  check: (right) => (right ? undefined : "the clock is not synchronised"),
  passing: "true",
  how: "apt install systemd-timesyncd or chrony; in a guest see that the clock of the host is handed on",
});
