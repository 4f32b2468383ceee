import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodeKernelAddresses = factControl(kinds.nodeFacts, {
  id: "node-kernel-addresses",
  title: "The kernel shows its addresses to nobody without need",
  area: "node",
  attack:
    "Exploits of the kernel have to know where its code and data lie, and randomisation hides that. Files such as /proc/kallsyms give the addresses away unless kernel.kptr_restrict is set. An unreliable exploit in a container then becomes one that works at the first try.",
  severity: "medium",
  severityBecause: "it helps an exploit but is none",
  frameworks: {
    attack: ["T1068", "T1611"],
    nist: ["4.5.2"],
    nsa: ["pod-security"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) => {
    const value = needed(sysctls["kernel.kptr_restrict"], object, "kernel.kptr_restrict");
    return value !== "0"
      ? undefined
      : [
          {
            at: `["kernel.kptr_restrict"]`,
            says: `kernel.kptr_restrict is 0, so addresses of the kernel are readable`,
          },
        ];
  },
  passing: "1",
  how: "sysctl -w kernel.kptr_restrict=1, and the same line in a file of /etc/sysctl.d so that it lasts",
});
