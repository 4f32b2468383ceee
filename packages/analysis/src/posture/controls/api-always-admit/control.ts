import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiAlwaysAdmit = factControl(kinds.controlPlaneFacts, {
  id: "api-always-admit",
  title: "Admission decides something",
  area: "control-plane",
  attack:
    "Admission controllers look at every object before it is stored: the last place where a dangerous pod is refused. The plugin AlwaysAdmit lets all of them pass. An attacker who may create pods creates the one that mounts the node.",
  severity: "high",
  severityBecause: "it takes away a layer that other controls rely on, but rights are still asked for",
  frameworks: {
    cis: ["1.2.10"],
    owasp: ["K04:2025"],
    attack: ["T1610"],
  },
  fact: "admissionPlugins",
  check: (plugins) => (plugins.includes("AlwaysAdmit") ? "the admission plugin AlwaysAdmit is on" : undefined),
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): take AlwaysAdmit out of --enable-admission-plugins",
});
