import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiKubeletAuthority = factControl(kinds.controlPlaneFacts, {
  id: "api-kubelet-authority",
  title: "The API server checks whose kubelet it talks to",
  area: "control-plane",
  attack:
    "Through the kubelet the API server reads logs and runs commands in pods, and Secrets pass over that connection. Without an authority to check by it believes any certificate that a kubelet shows. Who takes the address of a node gets what was meant for its pods, standard input of exec included.",
  severity: "medium",
  severityBecause: "it takes a place in the network of the nodes",
  frameworks: {
    cis: ["1.2.4", "1.2.5"],
    nsa: ["control-plane"],
    nist: ["4.3.5"],
  },
  fact: "kubeletCertificateAuthority",
  check: (value, { facts }) => [
    ...(value ? [] : [{ says: "kubelets are not asked for a certificate that anyone vouches for" }]),
    ...(facts.kubeletClientCertificate?.value === false
      ? [{ key: "client", says: "the API server has no certificate of its own for kubelets" }]
      : []),
  ],
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --kubelet-certificate-authority, with --kubelet-client-certificate and --kubelet-client-key; kubelets need serving certificates of that authority first (serverTLSBootstrap)",
});
