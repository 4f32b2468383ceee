import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiTlsVersion = factControl(kinds.controlPlaneFacts, {
  id: "api-tls-version",
  title: "The API server speaks TLS 1.2 at least",
  area: "control-plane",
  attack:
    "TLS hides tokens and Secrets on the way to the API server. Versions 1.0 and 1.1 have known weaknesses, and a server that still takes them can be talked down to them. Who sits on the way may then read credentials that work for the whole cluster.",
  severity: "medium",
  severityBecause: "it takes a place on the way and an old client",
  frameworks: {
    nsa: ["control-plane"],
    owasp: ["K09:2025"],
    pci: ["4.2.1"],
  },
  fact: "tlsMinVersion",
  check: (version) => (version === "TLS1.0" || version === "TLS1.1" ? `${version} is still taken` : undefined),
  passing: "TLS1.2",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --tls-min-version=VersionTLS12 or VersionTLS13",
});
