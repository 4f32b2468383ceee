import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiServiceAccountKey = factControl(kinds.controlPlaneFacts, {
  id: "api-service-account-key",
  title: "Tokens of ServiceAccounts are signed by a key of their own",
  area: "control-plane",
  attack:
    "Every token of a pod is believed because of one signing key. Where none is named the API server verifies tokens by the key of its own certificate, which proxies, load balancers and backups of certificates hold too. Whoever gets that file signs tokens for any account, and renewing the certificate ends every token at once.",
  severity: "medium",
  severityBecause: "it takes a copy of the key, which lies in more places than a key for tokens alone",
  frameworks: {
    cis: ["1.2.22"],
    nsa: ["authentication-authorization"],
    attack: ["T1528"],
    owasp: ["K09:2025"],
  },
  fact: "serviceAccountKey",
  check: (value) =>
    value === "own" ? undefined : "tokens of accounts are verified by the key of the API server's own certificate",
  passing: "own",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --service-account-key-file with the public half of a key that is for nothing else, and its private half in --service-account-signing-key-file",
});
