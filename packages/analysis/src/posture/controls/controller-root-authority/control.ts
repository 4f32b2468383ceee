import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const controllerRootAuthority = factControl(kinds.controlPlaneFacts, {
  id: "controller-root-authority",
  title: "Pods are given the cluster's authority",
  area: "control-plane",
  attack:
    "A pod checks the API server by the authority that lies beside its token. Without --root-ca-file no such authority is handed out, and clients in pods cannot tell the API server from another. Who takes over its name or address in the cluster network collects the tokens that pods send.",
  severity: "medium",
  severityBecause: "it takes a place between a pod and the API server, and a client that goes on without a check",
  frameworks: {
    cis: ["1.3.5"],
    nsa: ["authentication-authorization"],
    attack: ["T1528"],
    owasp: ["K09:2025"],
  },
  fact: "rootAuthority",
  check: (value) => (value ? undefined : "pods are given no authority to check the API server by"),
  passing: "true",
  how: "set --root-ca-file=/etc/kubernetes/pki/ca.crt for kube-controller-manager (with kubeadm: /etc/kubernetes/manifests/kube-controller-manager.yaml)",
});
