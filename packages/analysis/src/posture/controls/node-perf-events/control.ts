import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodePerfEvents = factControl(kinds.nodeFacts, {
  id: "node-perf-events",
  title: "Only administrators measure what others do",
  area: "node",
  attack:
    "Performance events count what processors do, for all processes, and their code in the kernel had many flaws. Below 2 kernel.perf_event_paranoid lets every user measure the kernel. That helps to read keys out of timing, and to find and reach flaws.",
  severity: "low",
  severityBecause: "attacks by measuring are slow, and flaws there are rarer now",
  frameworks: {
    attack: ["T1068"],
    nist: ["4.5.2"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) => {
    const value = needed(sysctls["kernel.perf_event_paranoid"], object, "kernel.perf_event_paranoid");
    return Number(value) >= 2
      ? undefined
      : [
          {
            at: `["kernel.perf_event_paranoid"]`,
            says: `kernel.perf_event_paranoid is ${value}, so every user may measure the kernel`,
          },
        ];
  },
  passing: "2",
  how: "sysctl -w kernel.perf_event_paranoid=2, and the same line in a file of /etc/sysctl.d so that it lasts",
});
