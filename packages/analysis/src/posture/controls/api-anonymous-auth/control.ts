import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiAnonymousAuth = factControl(kinds.controlPlaneFacts, {
  id: "api-anonymous-auth",
  title: "The API server answers nobody without a name",
  area: "control-plane",
  attack:
    "Requests without credentials are taken as the user system:anonymous, and whatever a role grants that user is granted to everyone who reaches the port. An attacker asks without any credential, learns version and interfaces, and tries what a careless RoleBinding has opened. One wrong binding is then enough to hand the cluster to the whole network.",
  severity: "medium",
  severityBecause:
    "by itself it opens only what RBAC grants to anonymous users, but one careless binding makes it everything",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["1.2.1"],
    attack: ["T1133"],
    owasp: ["K09:2025"],
    nist: ["4.3.2"],
  },
  fact: "anonymousAuth",
  // Ours has no such setting: what anonymous users may do is RBAC's alone, which the controls of roles look at.
  only: "kubernetes",
  check: (value) => (value ? "requests without credentials are taken as system:anonymous" : undefined),
  passing: "false",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --anonymous-auth=false; keep health checks working through an AuthenticationConfiguration that allows anonymous requests for /livez, /readyz and /healthz only",
});
