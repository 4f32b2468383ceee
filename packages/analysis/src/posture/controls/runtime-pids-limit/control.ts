import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const runtimePidsLimit = factControl(kinds.nodeFacts, {
  id: "runtime-pids-limit",
  title: "A pod cannot take all processes of its node",
  area: "runtime",
  attack:
    "The kernel of a node has a limited number of processes. A pod without a limit that starts them without end, by mistake or on purpose, leaves none for others: no login, no probe, no new container. One compromised or broken pod stops all of its node.",
  severity: "medium",
  severityBecause: "it stops the node but gives no access",
  frameworks: {
    cis: ["4.2.13"],
    attack: ["T1499"],
    nist: ["4.4.3"],
  },
  fact: "kubelet",
  check: (kubelet, { object }) => {
    const limit = needed(kubelet.podPidsLimit, object, "kubelet.podPidsLimit");
    return limit > 0 ? undefined : [{ at: ".podPidsLimit", says: "pods may start processes without a limit" }];
  },
  passing: "4096",
  how: "set podPidsLimit (4096 suits most) in the KubeletConfiguration of the node, then restart the kubelet",
});
