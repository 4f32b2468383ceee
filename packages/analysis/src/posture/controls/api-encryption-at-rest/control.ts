import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiEncryptionAtRest = factControl(kinds.controlPlaneFacts, {
  id: "api-encryption-at-rest",
  title: "Secrets are encrypted where they are stored",
  area: "control-plane",
  attack:
    "Secrets in the store hold passwords and keys of everything that runs. Without encryption at rest they lie there in clear text, and so in snapshots, backups and disks that are sent back. Whoever gets one of those files reads all of them at once, past RBAC and the audit log.",
  severity: "high",
  severityBecause: "one copied file gives every credential of the cluster",
  frameworks: {
    nsa: ["secrets"],
    cis: ["1.2.27", "1.2.28"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    pci: ["3.5.1"],
  },
  fact: "encryptionAtRest",
  check: ({ secrets, provider }) =>
    secrets && provider !== "identity"
      ? undefined
      : secrets
        ? "Secrets go through the provider identity, which encrypts nothing"
        : "Secrets are stored as they are",
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): --encryption-provider-config with secretbox or kms first for secrets, then write all Secrets anew: kubectl get secrets -A -o json | kubectl replace -f -",
});
