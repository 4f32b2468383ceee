import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodeUnprivilegedBpf = factControl(kinds.nodeFacts, {
  id: "node-unprivileged-bpf",
  title: "Only administrators load programs into the kernel",
  area: "node",
  attack:
    "The bpf system call runs programs inside the kernel after a verifier has checked them. Flaws of that verifier were found again and again, and each let an ordinary user write the kernel memory. With kernel.unprivileged_bpf_disabled at 0 every user may try, and a container that keeps the system call with them.",
  severity: "high",
  severityBecause: "flaws of the verifier lead straight into the kernel",
  frameworks: {
    attack: ["T1068", "T1611"],
    nist: ["4.5.2"],
    nsa: ["pod-security"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) => {
    const value = needed(sysctls["kernel.unprivileged_bpf_disabled"], object, "kernel.unprivileged_bpf_disabled");
    return value !== "0"
      ? undefined
      : [
          {
            at: `["kernel.unprivileged_bpf_disabled"]`,
            says: `kernel.unprivileged_bpf_disabled is 0, so every user may load programs into the kernel`,
          },
        ];
  },
  passing: "1",
  how: "sysctl -w kernel.unprivileged_bpf_disabled=1, and the same line in a file of /etc/sysctl.d so that it lasts",
});
