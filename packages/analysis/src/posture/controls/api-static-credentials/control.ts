import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiStaticCredentials = factControl(kinds.controlPlaneFacts, {
  id: "api-static-credentials",
  title: "No tokens or passwords lie in a file of the API server",
  area: "control-plane",
  attack:
    "Tokens that identify people and machines should end and be revocable. Those in a token file never end, lie in clear text on a disk and in its backups, and change only with a restart. Whoever reads that file once signs in as its users for years.",
  severity: "high",
  severityBecause: "a stolen token works until someone notices and restarts the server",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["1.2.2"],
    attack: ["T1552.001"],
    owasp: ["K09:2025"],
    pci: ["8.6.2"],
  },
  fact: "staticTokens",
  check: (value, { facts }) =>
    value || facts.basicAuth?.value === true
      ? `${value ? "tokens" : "passwords"} that never end are read from a file`
      : undefined,
  passing: "false",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): remove --token-auth-file (and --basic-auth-file); give people certificates or an OIDC provider, programs the tokens of ServiceAccounts",
});
