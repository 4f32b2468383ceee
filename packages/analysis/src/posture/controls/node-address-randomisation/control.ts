import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodeAddressRandomisation = factControl(kinds.nodeFacts, {
  id: "node-address-randomisation",
  title: "Programs lie at other addresses at every start",
  area: "node",
  attack:
    "Exploits of memory errors jump to code at known addresses. With kernel.randomize_va_space below 2 all or parts of a program lie where they always do. A flaw that would mostly crash a service then runs the code of an attacker each time.",
  severity: "medium",
  severityBecause: "it makes every memory error on the node easier to use",
  frameworks: {
    attack: ["T1068"],
    nist: ["4.5.2"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) => {
    const value = needed(sysctls["kernel.randomize_va_space"], object, "kernel.randomize_va_space");
    return value === "2"
      ? undefined
      : [{ at: `["kernel.randomize_va_space"]`, says: `kernel.randomize_va_space is ${value}` }];
  },
  passing: "2",
  how: "sysctl -w kernel.randomize_va_space=2, and the same line in a file of /etc/sysctl.d so that it lasts",
});
