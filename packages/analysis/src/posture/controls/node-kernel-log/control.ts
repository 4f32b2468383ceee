import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodeKernelLog = factControl(kinds.nodeFacts, {
  id: "node-kernel-log",
  title: "The kernel log is for administrators only",
  area: "node",
  attack:
    "The kernel log holds addresses, hardware, crashes and what drivers say. With kernel.dmesg_restrict at 0 every user of the machine reads it, and containers that share its users as well. An exploit reads there how far it got and what to correct.",
  severity: "low",
  severityBecause: "it helps an exploit but is none",
  frameworks: {
    attack: ["T1068"],
    nist: ["4.5.2"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) => {
    const value = needed(sysctls["kernel.dmesg_restrict"], object, "kernel.dmesg_restrict");
    return value === "1"
      ? undefined
      : [
          {
            at: `["kernel.dmesg_restrict"]`,
            says: `kernel.dmesg_restrict is ${value}, so every user reads the kernel log`,
          },
        ];
  },
  passing: "1",
  how: "sysctl -w kernel.dmesg_restrict=1, and the same line in a file of /etc/sysctl.d so that it lasts",
});
