import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiServingCertificate = factControl(kinds.controlPlaneFacts, {
  id: "api-serving-certificate",
  title: "The API server shows a certificate that somebody vouches for",
  area: "control-plane",
  attack:
    "Clients know the API server by the certificate that it shows. Without one that is named it makes its own at the start, which no kubeconfig can check, so people switch the check off. Who stands in between then reads tokens and Secrets and answers in its place.",
  severity: "high",
  severityBecause: "every client of the cluster learns to believe whoever answers",
  frameworks: {
    cis: ["1.2.24"],
    nsa: ["authentication-authorization"],
    attack: ["T1552.001"],
    owasp: ["K09:2025"],
    pci: ["4.2.1"],
  },
  fact: "servingCertificate",
  check: (value) => (value ? undefined : "the API server makes its own certificate, which no client can check"),
  passing: "true",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --tls-cert-file and --tls-private-key-file with a certificate of the cluster's authority",
});
