import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletServingCertificate = factControl(kinds.nodeFacts, {
  id: "kubelet-serving-certificate",
  title: "The kubelet shows a certificate of the cluster's authority",
  area: "node",
  attack:
    "The API server, and whoever collects metrics, connects to each kubelet and sends commands, shells and tokens through. A kubelet that makes its own certificate cannot be told from another program at its address. Who takes the address over sees what is run in pods and keeps the tokens that it is shown.",
  severity: "medium",
  severityBecause: "it takes a place between the API server and the node",
  frameworks: {
    cis: ["4.2.9"],
    nsa: ["authentication-authorization"],
    attack: ["T1609"],
    owasp: ["K09:2025"],
  },
  fact: "kubelet",
  check: (kubelet, { object }) =>
    needed(kubelet.ownServingCertificate, object, "kubelet.ownServingCertificate")
      ? [{ at: ".ownServingCertificate", says: "the kubelet made its certificate itself, and nobody can check it" }]
      : undefined,
  passing: "false",
  how: "set serverTLSBootstrap: true in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet, and approve its certificate requests (kubectl get csr)",
});
