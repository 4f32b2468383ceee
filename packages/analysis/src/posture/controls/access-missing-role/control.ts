import type { ClusterRoleBinding, RoleBinding } from "@bulkhead/api";
import { leastRules } from "../../../access/default-rights.ts";
import { roleKey, rulesOfRole } from "../../../deciders/grants.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Control } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const accessMissingRole: Control = {
  id: "access-missing-role",
  title: "Bindings name roles that are there",
  area: "identities",
  attack:
    "A binding whose role is gone gives nothing until a role of that name is made. Whoever makes it later decides what all subjects of the old binding may, and may not know that there are any. Rights then appear for accounts and people that everyone believes to have none.",
  severity: "medium",
  severityBecause: "whoever makes the role must hold its rights themselves, but not know of the binding",
  frameworks: {
    nsa: ["authentication-authorization"],
    attack: ["T1098.006"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.4"],
  },
  kinds: [kinds.roleBinding, kinds.clusterRoleBinding],
  check: (object, view) => {
    const { roleRef, subjects = [], metadata } = object as RoleBinding | ClusterRoleBinding;
    const role = {
      apiVersion: object.apiVersion,
      kind: roleRef.kind,
      ...(roleRef.kind === "Role" && metadata.namespace !== undefined ? { namespace: metadata.namespace } : {}),
      name: roleRef.name,
    };
    if (subjects.length === 0 || leastRules(role) !== undefined) return [];
    if (view.derive(rulesOfRole, roleKey(role)) !== undefined) return [];
    return [
      {
        field: "roleRef",
        says: `binds ${roleRef.kind} ${roleRef.name}, which is not there: whoever makes it gives its rights to ${subjects.length === 1 ? "a subject" : `${subjects.length} subjects`} unasked`,
      },
    ];
  },
  fix: (object) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(object) }],
    mind: "something that has not been installed yet may bring the role; ask whoever made the binding",
  }),
};
