import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiInsecurePort = factControl(kinds.controlPlaneFacts, {
  id: "api-insecure-port",
  title: "The API server has no port without authentication",
  area: "control-plane",
  attack:
    "On the insecure port of old versions the API server asks neither who is there nor what he may. A request from the machine, or from a pod in the host network, does anything, for instance creates a privileged pod on every node. There is no credential to steal and no decision to leave a trace.",
  severity: "critical",
  severityBecause: "it is administration without a password",
  frameworks: {
    nsa: ["control-plane"],
    attack: ["T1133"],
    owasp: ["K06:2025"],
    nist: ["4.3.2"],
  },
  fact: "insecurePort",
  only: "kubernetes",
  check: (port) => (port === 0 ? undefined : `port ${port} answers without asking who is there`),
  passing: "0",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --insecure-port=0, and upgrade: the port was taken out in Kubernetes 1.24",
});
