import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { secretUsers } from "../../../deciders/secret-uses.ts";
import { namesSecret } from "../../../deciders/secret-values.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf, workloadsIn } from "../../workload.ts";

const logins: ReadonlySet<string> = new Set(["kubernetes.io/basic-auth", "kubernetes.io/ssh-auth"]);

export const secretUnused = objectControl(kinds.secret, {
  id: "secret-unused",
  title: "No credential lies around unused",
  area: "secrets",
  attack:
    "A credential that no workload uses any more is still valid where it was made, and everyone who may read Secrets here may take it. Nobody rotates it, and nobody would notice its use. An attacker who lists the namespace finds in it an account that its owner has forgotten.",
  severity: "low",
  severityBecause: "reading it needs the right to read Secrets, and it may be used by something that is no workload",
  frameworks: { nsa: ["secrets"], attack: ["T1078"], owasp: ["K03:2025"], pci: ["8.6.3"] },
  check: (secret, view) => {
    const { namespace = "", name = "", ownerReferences, annotations, labels } = secret.metadata;
    const { type = "Opaque" } = secret;
    if (systemNamespaces.has(namespace) || (ownerReferences ?? []).length > 0) return "not-applicable";
    const keys = [...Object.keys(secret.data ?? {}), ...Object.keys(secret.stringData ?? {})];
    if (!logins.has(type) && (type !== "Opaque" || !keys.some(namesSecret))) return "not-applicable";
    // Operators read Secrets by what is written on them.
    if (
      [...Object.keys(annotations ?? {}), ...Object.keys(labels ?? {})].some(
        (mark) =>
          !/^(app\.kubernetes\.io|helm\.sh|meta\.helm\.sh|kubectl\.kubernetes\.io)\/|^(app|name|team)$/.test(mark),
      )
    )
      return "not-applicable";
    if (workloadsIn(view, namespace).length === 0) return "not-applicable";
    if (view.derive(secretUsers, namespace).has(name)) return [];
    const accounts = view.list(kinds.serviceAccount, namespace);
    if (accounts.some(({ secrets }) => (secrets ?? []).some((one) => one.name === name))) return [];
    return [{ field: "metadata.name", says: `no workload of namespace ${namespace} uses it` }];
  },
  fix: (secret) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(secret) }],
    mind: "something that is no workload may read it (an operator, a pipeline, a custom resource): look into the audit log for gets of it first, and revoke the credential where it was made",
  }),
});
