import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodePtrace = factControl(kinds.nodeFacts, {
  id: "node-ptrace",
  title: "Processes may not look into others of the same user",
  area: "node",
  attack:
    "With ptrace a process reads the memory of another and changes what it does. At kernel.yama.ptrace_scope 0 any process may do so to all others of its user. One compromised program then takes keys and sessions out of its neighbours: an agent, a shell with sudo, another container of the same user.",
  severity: "medium",
  severityBecause: "it reaches processes of the same user only",
  frameworks: {
    attack: ["T1068"],
    nist: ["4.5.2"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) => {
    const value = needed(sysctls["kernel.yama.ptrace_scope"], object, "kernel.yama.ptrace_scope");
    return value !== "0"
      ? undefined
      : [
          {
            at: `["kernel.yama.ptrace_scope"]`,
            says: `kernel.yama.ptrace_scope is 0, so a process reads the memory of all others of its user`,
          },
        ];
  },
  passing: "1",
  how: "sysctl -w kernel.yama.ptrace_scope=1, and the same line in a file of /etc/sysctl.d so that it lasts; debuggers then attach to their own children only",
});
