import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiServiceAccountLookup = factControl(kinds.controlPlaneFacts, {
  id: "api-service-account-lookup",
  title: "Tokens of deleted ServiceAccounts are refused",
  area: "control-plane",
  attack:
    "A ServiceAccount is deleted when its program is gone or its token was stolen. Without a look at the object the signature alone counts, so the token goes on working. An attacker keeps his way in although everything that can be seen of it was removed.",
  severity: "high",
  severityBecause: "removal, the first answer to a theft, has no effect",
  frameworks: {
    cis: ["1.2.21"],
    nsa: ["authentication-authorization"],
    attack: ["T1528"],
    owasp: ["K09:2025"],
  },
  fact: "serviceAccountLookup",
  check: (value) => (value ? undefined : "tokens of deleted accounts are still taken"),
  passing: "true",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): remove --service-account-lookup=false",
});
