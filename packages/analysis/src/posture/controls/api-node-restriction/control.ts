import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiNodeRestriction = factControl(kinds.controlPlaneFacts, {
  id: "api-node-restriction",
  title: "A kubelet may change only its own Node and pods",
  area: "control-plane",
  attack:
    "NodeRestriction keeps a kubelet to its own Node object and to the pods bound to it, and reserves labels that separate groups of nodes. Without it a stolen kubelet credential relabels its node so that protected pods are scheduled there, or marks others as failed. One compromised node then draws the Secrets of others to itself.",
  severity: "high",
  severityBecause: "it turns one compromised node into a magnet for all workloads",
  frameworks: {
    cis: ["1.2.14"],
    nsa: ["authentication-authorization"],
    attack: ["T1078"],
    owasp: ["K04:2025"],
    nist: ["4.3.5"],
  },
  fact: "admissionPlugins",
  check: (plugins) =>
    plugins.includes("NodeRestriction") ? undefined : "the admission plugin NodeRestriction is not on",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): add NodeRestriction to --enable-admission-plugins",
});
