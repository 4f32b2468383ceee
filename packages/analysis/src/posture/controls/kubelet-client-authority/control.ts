import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletClientAuthority = factControl(kinds.nodeFacts, {
  id: "kubelet-client-authority",
  title: "The kubelet knows who may sign its callers",
  area: "node",
  attack:
    "A kubelet runs commands in its pods for whoever it believes to be the API server. Without an authority for clients no certificate counts, and every call is judged by tokens alone, which whoever overhears one uses again. A certificate would have proved the caller without giving anything away.",
  severity: "low",
  severityBecause: "calls are still asked who they are, by a token",
  frameworks: {
    cis: ["4.2.3"],
    nsa: ["authentication-authorization"],
    attack: ["T1078"],
  },
  fact: "kubelet",
  check: (kubelet, { object }) =>
    needed(kubelet.clientAuthority, object, "kubelet.clientAuthority")
      ? undefined
      : [{ at: ".clientAuthority", says: "the kubelet knows no authority for certificates of its callers" }],
  passing: "true",
  how: "set authentication.x509.clientCAFile: /etc/kubernetes/pki/ca.crt in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
