import type { FieldError } from "../../field-error.ts";
import type { ClusterRoleBinding, RbacSubject, RoleBinding } from "../../generated/types.ts";
import { ageCell } from "../../table-rows.ts";
import { ageColumn, column, nameColumn, wideColumn } from "../columns.ts";
import { defineRow } from "../row.ts";
import { rbacGroup, rbacNameErrors, roleRefChangeErrors, roleRefErrors, subjectsErrors } from "./rbac-validation.ts";

type Binding = RoleBinding | ClusterRoleBinding;

function defaults(draft: Binding): void {
  if (draft.roleRef.apiGroup === "") draft.roleRef.apiGroup = rbacGroup;
  for (const subject of draft.subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ??= rbacGroup;
  }
}

function named(subjects: readonly RbacSubject[] | undefined, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace = "" }) => (kind === "ServiceAccount" && namespace !== "" ? `${namespace}/${name}` : name))
    .join(", ");
}

const table = {
  columns: [
    nameColumn,
    column("Role", { description: "The role that is given." }),
    ageColumn,
    wideColumn("Users", { description: "Users who get it." }),
    wideColumn("Groups", { description: "Groups whose members get it." }),
    wideColumn("ServiceAccounts", { description: "ServiceAccounts that get it." }),
  ],
  cells: (binding: Binding, now: number) => [
    binding.metadata.name ?? "",
    `${binding.roleRef.kind}/${binding.roleRef.name}`,
    ageCell(binding.metadata.creationTimestamp, now),
    named(binding.subjects, "User"),
    named(binding.subjects, "Group"),
    named(binding.subjects, "ServiceAccount"),
  ],
};

const validateRoleBinding = (binding: RoleBinding): FieldError[] => [
  ...roleRefErrors(binding.roleRef, ["Role", "ClusterRole"]),
  ...subjectsErrors(binding.subjects, true),
];

export const roleBindingRow = defineRow<RoleBinding>({
  group: rbacGroup,
  version: "v1",
  kind: "RoleBinding",
  resource: "rolebindings",
  namespaced: true,
  schema: "io.k8s.api.rbac.v1.RoleBinding",
  defaults,
  validateCreate: validateRoleBinding,
  validateUpdate: (next, old) => [...validateRoleBinding(next), ...roleRefChangeErrors(next.roleRef, old.roleRef)],
  createOnUpdate: true,
  table,
  nameErrors: rbacNameErrors,
});

const validateClusterRoleBinding = (binding: ClusterRoleBinding): FieldError[] => [
  ...roleRefErrors(binding.roleRef, ["ClusterRole"]),
  ...subjectsErrors(binding.subjects, false),
];

export const clusterRoleBindingRow = defineRow<ClusterRoleBinding>({
  group: rbacGroup,
  version: "v1",
  kind: "ClusterRoleBinding",
  resource: "clusterrolebindings",
  namespaced: false,
  schema: "io.k8s.api.rbac.v1.ClusterRoleBinding",
  defaults,
  validateCreate: validateClusterRoleBinding,
  validateUpdate: (next, old) => [
    ...validateClusterRoleBinding(next),
    ...roleRefChangeErrors(next.roleRef, old.roleRef),
  ],
  createOnUpdate: true,
  table,
  nameErrors: rbacNameErrors,
});
