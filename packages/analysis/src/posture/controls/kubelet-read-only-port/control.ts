import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletReadOnlyPort = factControl(kinds.nodeFacts, {
  id: "kubelet-read-only-port",
  title: "The kubelet has no port that anyone may read",
  area: "node",
  attack:
    "The read-only port of the kubelet lists all pods of the node with their environment, images and addresses, and asks for nothing. A compromised pod reads there what runs beside it and how it is set up, passwords in environment variables included. It chooses its next step from that list.",
  severity: "high",
  severityBecause: "it shows configuration of every pod without a credential",
  frameworks: {
    cis: ["4.2.4"],
    nsa: ["control-plane"],
    attack: ["T1613"],
    owasp: ["K06:2025"],
  },
  fact: "kubelet",
  check: (kubelet, { object }) => {
    const value = needed(kubelet.readOnlyPort, object, "kubelet.readOnlyPort");
    return value === 0
      ? undefined
      : [{ at: ".readOnlyPort", says: `the kubelet shows its pods on port ${value} to everyone` }];
  },
  passing: "0",
  how: "set readOnlyPort: 0 in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
