import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiEventRateLimit = factControl(kinds.controlPlaneFacts, {
  id: "api-event-rate-limit",
  title: "Events are bounded in number",
  area: "control-plane",
  attack:
    "Whoever may write Events, and most accounts of controllers may, can write as many as the API server takes. A broken or hostile client floods it with them, and each is stored. The store fills up, true events drown, and other requests wait.",
  severity: "low",
  severityBecause: "it takes an account that may write Events, and what it costs is time and room",
  frameworks: {
    cis: ["1.2.9"],
    nsa: ["control-plane"],
    attack: ["T1499"],
  },
  fact: "admissionPlugins",
  only: "kubernetes",
  check: (plugins) =>
    plugins.includes("EventRateLimit") ? undefined : "nothing bounds how many events a client writes",
  passing: "EventRateLimit",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): EventRateLimit added to --enable-admission-plugins, and its limits in the file of --admission-control-config-file",
});
