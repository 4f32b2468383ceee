import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { ClusterRole, Role } from "../../generated/types.ts";
import { labelSelectorAsSelector, SelectorError, validateLabelSelector } from "../../label-selector.ts";
import { createdAtColumn, nameColumn } from "../columns.ts";
import { defineRow } from "../row.ts";
import { rbacGroup, rbacNameErrors, rulesErrors } from "./rbac-validation.ts";

const table = {
  columns: [nameColumn, createdAtColumn],
  cells: (role: Role | ClusterRole) => [role.metadata.name ?? "", role.metadata.creationTimestamp ?? null],
};

const validateRole = (role: Role): FieldError[] => rulesErrors(role.rules, true);

export const roleRow = defineRow<Role>({
  group: rbacGroup,
  version: "v1",
  kind: "Role",
  resource: "roles",
  namespaced: true,
  schema: "io.k8s.api.rbac.v1.Role",
  validateCreate: validateRole,
  validateUpdate: validateRole,
  createOnUpdate: true,
  table,
  nameErrors: rbacNameErrors,
});

function isSelector(selector: Parameters<typeof labelSelectorAsSelector>[0]): boolean {
  try {
    labelSelectorAsSelector(selector);
    return true;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

function validateClusterRole(role: ClusterRole): FieldError[] {
  const errors = rulesErrors(role.rules, false);
  if (role.aggregationRule === undefined) return errors;
  const path = "aggregationRule.clusterRoleSelectors";
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.push(field.required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"));
  }
  selectors.forEach((selector, index) => {
    const at = field.index(path, index);
    errors.push(...validateLabelSelector(selector, at));
    if (!isSelector(selector)) errors.push(field.invalid(at, null, "invalid label selector."));
  });
  return errors;
}

export const clusterRoleRow = defineRow<ClusterRole>({
  group: rbacGroup,
  version: "v1",
  kind: "ClusterRole",
  resource: "clusterroles",
  namespaced: false,
  schema: "io.k8s.api.rbac.v1.ClusterRole",
  validateCreate: validateClusterRole,
  validateUpdate: validateClusterRole,
  createOnUpdate: true,
  table,
  nameErrors: rbacNameErrors,
});
