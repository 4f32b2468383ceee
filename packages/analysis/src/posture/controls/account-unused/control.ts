import type { RoleBinding } from "@bulkhead/api";
import { accountGrants } from "../../../access/account-grants.ts";
import { isDefaultGrant } from "../../../access/default-rights.ts";
import { usersOfAccount } from "../../../access/holders.ts";
import { wholeAccess } from "../../../deciders/grants.ts";
import { type Kind, kinds } from "../../../snapshot/kinds.ts";
import { type Edit, objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const accountUnused = objectControl(kinds.serviceAccount, {
  id: "account-unused",
  title: "Accounts with rights are used by a workload",
  area: "identities",
  attack:
    "An account that no pod runs under keeps its rights. Whoever may make tokens or pods in its namespace takes it, and nobody misses it or notices. It was made for something that is gone, so that no one looks at what it does.",
  severity: "low",
  severityBecause: "it needs the right to make tokens or pods there",
  frameworks: {
    nsa: ["authentication-authorization"],
    attack: ["T1078", "T1528"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.5.1"],
  },
  check: (account, view) => {
    const { namespace = "", name = "" } = account.metadata;
    if (name === "default") return [];
    const own = accountGrants(view, namespace, name).filter(
      ({ grant: { binding, role, subject } }) => !isDefaultGrant(binding, role.name, subject),
    );
    if (usersOfAccount(view, namespace, name).length > 0) return [];
    if (own.length === 0) {
      view.derive(wholeAccess);
      return [];
    }
    return [
      {
        field: "metadata.name",
        says: `has the rights of ${own.length === 1 ? `${own[0]?.grant.role.kind} ${own[0]?.grant.role.name}` : `${own.length} bindings`}, and no workload runs under it`,
        through: own.map(({ grant }) => grant.binding),
      },
    ];
  },
  fix: (account, _, view) => {
    const { namespace = "", name = "" } = account.metadata;
    const bindings = accountGrants(view, namespace, name).map(({ grant: { binding } }): Edit => {
      const kind: Kind<RoleBinding> = binding.kind === "RoleBinding" ? kinds.roleBinding : kinds.clusterRoleBinding;
      const { subjects = [] } = view.get(kind, binding.namespace ?? "", binding.name) ?? {};
      const value = subjects.filter(
        (one) =>
          one.kind !== "ServiceAccount" || one.name !== name || (one.namespace || binding.namespace) !== namespace,
      );
      return value.length === 0
        ? { op: "delete", object: binding }
        : { op: "set", object: binding, field: "subjects", value };
    });
    return {
      kind: "edits",
      edits: [...bindings, { op: "delete", object: refOf(account) }],
      mind: "something outside of the cluster may use its tokens, a pipeline for example: the audit log shows it",
    };
  },
});
