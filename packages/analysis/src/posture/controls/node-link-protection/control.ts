import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodeLinkProtection = factControl(kinds.nodeFacts, {
  id: "node-link-protection",
  title: "Links in shared folders cannot be laid as traps",
  area: "node",
  attack:
    "In folders such as /tmp an attacker lays a link where a privileged program is about to write. Without fs.protected_symlinks and fs.protected_hardlinks the program follows it, and overwrites or gives away a file of root. That is an old and reliable way from any user to root of the node.",
  severity: "medium",
  severityBecause: "it takes a privileged program that writes carelessly, of which there are many",
  frameworks: {
    attack: ["T1068"],
    nist: ["4.5.5"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) =>
    ["fs.protected_symlinks", "fs.protected_hardlinks"]
      .filter((name) => needed(sysctls[name], object, name) === "0")
      .map((name) => ({ at: `["${name}"]`, says: `${name} is 0`, passing: "1" })),
  how: "sysctl -w fs.protected_symlinks=1 fs.protected_hardlinks=1, and the same in a file of /etc/sysctl.d so that it lasts",
});
