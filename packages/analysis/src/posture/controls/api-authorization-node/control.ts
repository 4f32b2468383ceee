import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiAuthorizationNode = factControl(kinds.controlPlaneFacts, {
  id: "api-authorization-node",
  title: "A node may read only what its own pods need",
  area: "control-plane",
  attack:
    "The Node authorizer lets a kubelet read the Secrets and volumes of pods that are bound to its node and nothing else. Without it kubelets need a role that reads the Secrets of the whole cluster. Whoever takes over one node then holds the credentials of every application on all of them.",
  severity: "medium",
  severityBecause: "it needs a compromised node first, and then spreads it to all",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["1.2.7"],
    attack: ["T1078"],
    owasp: ["K02:2025"],
    nist: ["4.3.5"],
  },
  fact: "authorizationModes",
  check: (modes) =>
    modes.includes("AlwaysAllow") || modes.includes("Node")
      ? undefined
      : `authorizers are ${modes.join(", ")}, and Node is not among them`,
  passing: "[Node, RBAC]",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): put Node first in --authorization-mode, and remove bindings of the group system:nodes",
});
