import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiAdmissionDisabled = factControl(kinds.controlPlaneFacts, {
  id: "api-admission-disabled",
  title: "Protective admission plugins are not switched off",
  area: "control-plane",
  attack:
    "Some plugins protect every cluster from the start: NamespaceLifecycle, ServiceAccount and PodSecurity. Switched off, objects appear in namespaces that are being deleted, pods run without an identity that can be limited, and Pod Security levels are labels without effect. An attacker uses exactly the pod that the labels were meant to refuse.",
  severity: "high",
  severityBecause: "labels that promise protection then protect nothing",
  frameworks: {
    cis: ["1.2.12", "1.2.13"],
    nsa: ["pod-security"],
    owasp: ["K04:2025"],
    attack: ["T1610"],
  },
  fact: "admissionPlugins",
  check: (plugins) =>
    ["NamespaceLifecycle", "ServiceAccount", "PodSecurity"]
      .filter((name) => !plugins.includes(name))
      .map((name) => ({ key: name, says: `the admission plugin ${name} is switched off` })),
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): take it out of --disable-admission-plugins",
});
