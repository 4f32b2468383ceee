import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeAutomaticUpdates = factControl(kinds.nodeFacts, {
  id: "node-automatic-updates",
  title: "Security updates of the machine are installed by themselves",
  area: "node",
  attack:
    "Between the publication of a flaw and its use lie days, often hours. Where a person has to think of it, updates wait for weeks. A node that nobody logs in to for a month is then open to everything of that month.",
  severity: "low",
  severityBecause: "someone may install them by hand in time",
  frameworks: {
    nsa: ["upgrading"],
    owasp: ["K07:2025"],
    nist: ["4.5.3"],
    pci: ["6.3.3"],
  },
  fact: "automaticUpdates",
  check: (on) => (on ? undefined : "nothing installs security updates by itself"),
  passing: "true",
  how: "Debian and Ubuntu: apt install unattended-upgrades and dpkg-reconfigure it; reboots for kernels stay yours to plan. Leave it off where images of machines are replaced instead, with an Exception that says so",
});
