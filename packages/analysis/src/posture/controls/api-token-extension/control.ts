import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiTokenExtension = factControl(kinds.controlPlaneFacts, {
  id: "api-token-extension",
  title: "Tokens of pods end when they say",
  area: "control-plane",
  attack:
    "A pod gets a token for about an hour, made anew before it ends, so that a stolen one is soon worthless. With extension on, the tokens that the server injects are really good for a year. Who copies one out of a pod works with it long after the pod is gone from its node.",
  severity: "low",
  severityBecause: "tokens are still bound to the pod, so they end with it at the latest",
  frameworks: {
    cis: ["1.2.30"],
    nsa: ["authentication-authorization"],
    attack: ["T1528"],
    owasp: ["K09:2025"],
  },
  fact: "serviceAccountExtendTokens",
  check: (value) => (value ? "tokens injected into pods are good for a year, whatever they ask for" : undefined),
  passing: "false",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --service-account-extend-token-expiration=false, once the metric serviceaccount_stale_tokens_total stays at 0: clients that never read their token again would fail",
});
