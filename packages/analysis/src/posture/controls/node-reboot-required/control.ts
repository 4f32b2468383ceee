import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeRebootRequired = factControl(kinds.nodeFacts, {
  id: "node-reboot-required",
  title: "The node runs the kernel that it has installed",
  area: "node",
  attack:
    "All containers of a node share its kernel, and updates of it hold only after a reboot. Until then what the new one repairs is open. Flaws are published with their repair, so that attackers know what to try on nodes that wait.",
  severity: "high",
  severityBecause: "known flaws of the shared kernel stay open although the repair is on the disk",
  frameworks: {
    nsa: ["upgrading"],
    attack: ["T1068", "T1611"],
    owasp: ["K07:2025"],
    nist: ["4.5.3"],
    pci: ["6.3.3"],
  },
  fact: "rebootRequired",
  check: (required) => (required ? "a reboot is due for updates to take hold" : undefined),
  passing: "false",
  how: "drain the node (kubectl drain), reboot it, and uncordon it",
});
