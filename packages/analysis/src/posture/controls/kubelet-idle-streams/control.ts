import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletIdleStreams = factControl(kinds.nodeFacts, {
  id: "kubelet-idle-streams",
  title: "Idle sessions into pods end",
  area: "node",
  attack:
    "kubectl exec and port-forward hold a connection into a pod open. With a limit of 0 it stays for ever, also after the rights of the person were taken away. A laptop left open, or stolen, keeps a shell in production.",
  severity: "low",
  severityBecause: "it takes a session that was allowed once",
  frameworks: {
    cis: ["4.2.5"],
    attack: ["T1609"],
    pci: ["8.2.8"],
  },
  fact: "kubelet",
  only: "kubernetes",
  check: (kubelet, { object }) => {
    const value = needed(
      kubelet.streamingConnectionIdleTimeoutSeconds,
      object,
      "kubelet.streamingConnectionIdleTimeoutSeconds",
    );
    return value > 0
      ? undefined
      : [{ at: ".streamingConnectionIdleTimeoutSeconds", says: `idle sessions into pods never end` }];
  },
  passing: "4h0m0s",
  how: "set streamingConnectionIdleTimeout: 4h or less in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
