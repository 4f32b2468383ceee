import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletAuthorization = factControl(kinds.nodeFacts, {
  id: "kubelet-authorization",
  title: "The kubelet asks whether someone may",
  area: "node",
  attack:
    "The kubelet asks the API server whether a caller may run commands or read logs on its node. With AlwaysAllow it asks nothing, so every certificate of the cluster authority and every token is enough. The least identity of the cluster then holds a shell in every pod of the node.",
  severity: "critical",
  severityBecause: "every identity of the cluster may do everything on the node",
  frameworks: {
    cis: ["4.2.2"],
    nsa: ["authentication-authorization"],
    attack: ["T1609"],
    owasp: ["K02:2025"],
    nist: ["4.3.2"],
  },
  fact: "kubelet",
  only: "kubernetes",
  check: (kubelet, { object }) => {
    const value = needed(kubelet.authorizationMode, object, "kubelet.authorizationMode");
    return value !== "AlwaysAllow"
      ? undefined
      : [{ at: ".authorizationMode", says: `the kubelet allows everything to everyone it knows` }];
  },
  passing: "Webhook",
  how: "set authorization.mode: Webhook in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
