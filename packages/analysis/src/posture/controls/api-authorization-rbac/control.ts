import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiAuthorizationRbac = factControl(kinds.controlPlaneFacts, {
  id: "api-authorization-rbac",
  title: "Rights are given by RBAC",
  area: "control-plane",
  attack:
    "RBAC objects say who may do what, in the cluster itself, where they can be reviewed and changed. Without it rights lie in a file or in another service, where nobody who looks at the cluster sees them and old ones stay. An attacker who holds a forgotten identity keeps its rights, and no review of Roles finds it.",
  severity: "high",
  severityBecause: "rights that no object shows cannot be reviewed or taken back",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["1.2.8"],
    attack: ["T1078"],
    owasp: ["K02:2025"],
    pci: ["7.2.1", "7.2.4"],
  },
  fact: "authorizationModes",
  check: (modes) =>
    modes.includes("AlwaysAllow") || modes.includes("RBAC")
      ? undefined
      : `authorizers are ${modes.join(", ")}, and RBAC is not among them`,
  passing: "[Node, RBAC]",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): add RBAC to --authorization-mode, and write what the other mode grants as Roles",
});
