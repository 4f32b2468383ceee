import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiAuthorizationOpen = factControl(kinds.controlPlaneFacts, {
  id: "api-authorization-open",
  title: "Requests are authorized, not waved through",
  area: "control-plane",
  attack:
    "The authorizer decides what each identity may do with each object. With the mode AlwaysAllow it decides nothing: any token, even that of a pod in the least namespace, reads all Secrets and starts privileged pods. A single compromised container is then the whole cluster.",
  severity: "critical",
  severityBecause: "every identity is an administrator",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["1.2.6"],
    attack: ["T1078"],
    owasp: ["K02:2025"],
    nist: ["4.3.1", "4.3.2"],
    pci: ["7.2.1"],
  },
  fact: "authorizationModes",
  check: (modes) =>
    modes.includes("AlwaysAllow") ? "the authorizer AlwaysAllow lets every identity do everything" : undefined,
  passing: "[Node, RBAC]",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --authorization-mode=Node,RBAC, after the roles that components need are there; try it with kubectl auth can-i for those who work with the cluster",
});
