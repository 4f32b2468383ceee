import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const accountTokenSecret = objectControl(kinds.secret, {
  id: "account-token-secret",
  title: "No service account token lies in a Secret",
  area: "identities",
  attack:
    "A token in a Secret never ends and is bound to no pod. It is copied into pipelines, laptops and backups, and each copy works until the Secret is deleted. Whoever finds one years later is the account.",
  severity: "medium",
  severityBecause: "it leads as far as the account does, for ever",
  frameworks: {
    nsa: ["authentication-authorization"],
    attack: ["T1528", "T1552.007"],
    owasp: ["K03:2025", "K09:2025"],
    pci: ["8.6.3"],
  },
  check: (secret) => {
    if (secret.type !== "kubernetes.io/service-account-token") return [];
    const name = secret.metadata.annotations?.["kubernetes.io/service-account.name"] ?? "";
    const namespace = secret.metadata.namespace ?? "";
    return [
      {
        field: "type",
        says: `holds a token of ServiceAccount ${namespace}/${name} that never ends`,
        through: [{ apiVersion: "v1", kind: "ServiceAccount", namespace, name }],
      },
    ];
  },
  fix: (secret) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(secret) }],
    mind: "whatever uses the token outside of pods stops: give it tokens with an end first (TokenRequest, `kubectl create token`)",
  }),
});
