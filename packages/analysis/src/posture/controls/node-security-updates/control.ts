import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeSecurityUpdates = factControl(kinds.nodeFacts, {
  id: "node-security-updates",
  title: "No security updates wait",
  area: "node",
  attack:
    "Packages of the machine run beside containers or around them: the C library, OpenSSL, the kernel, tools that run as root. Each security update that waits is a flaw with a description for everyone to read. Whoever gets a foothold on the node goes through that list.",
  severity: "high",
  severityBecause: "flaws are known and their repair is there",
  frameworks: {
    nsa: ["upgrading"],
    attack: ["T1068"],
    owasp: ["K07:2025"],
    nist: ["4.5.3"],
    pci: ["6.3.3"],
  },
  fact: "pendingSecurityUpdates",
  check: (count) =>
    count > 0
      ? `${count} security update${count === 1 ? "" : "s"} of packages ${count === 1 ? "waits" : "wait"}`
      : undefined,
  passing: "0",
  how: "apt-get update && apt-get upgrade (or the like of your distribution); bulkhead current shows which of them matter here",
});
