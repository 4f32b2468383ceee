import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletIptablesChains = factControl(kinds.nodeFacts, {
  id: "kubelet-iptables-chains",
  title: "The kubelet keeps the chains that its packet rules need",
  area: "node",
  attack:
    "Packet rules of a node are made in chains that the kubelet keeps in order. Where it may not, rules can lie in an order in which traffic passes that was to be dropped. A NetworkPolicy then exists that does not hold, and nobody sees it.",
  severity: "low",
  severityBecause: "whether anything is open then depends on who makes the rules",
  frameworks: {
    cis: ["4.2.6"],
    owasp: ["K05:2025"],
  },
  fact: "kubelet",
  only: "kubernetes",
  check: (kubelet, { object }) => {
    const value = needed(kubelet.makeIPTablesUtilChains, object, "kubelet.makeIPTablesUtilChains");
    return value
      ? undefined
      : [{ at: ".makeIPTablesUtilChains", says: `the kubelet does not keep its packet filter chains` }];
  },
  passing: "true",
  how: "set makeIPTablesUtilChains: true in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
