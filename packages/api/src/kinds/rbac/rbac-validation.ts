import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { PolicyRule, RbacSubject, RoleRef } from "../../generated/types.ts";
import { isDNS1123Subdomain, isValidPathSegmentName } from "../../name-validation.ts";
import { semanticEqual } from "../semantic-equal.ts";

export const rbacGroup = "rbac.authorization.k8s.io";
const subjectKinds = ["ServiceAccount", "User", "Group"];

/** RBAC names are free but for what a URL's path cannot carry, prefixes included. */
export const rbacNameErrors = (name: string): string[] => isValidPathSegmentName(name);

function ruleErrors(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  const has = (list: readonly string[] | null | undefined): boolean => (list ?? []).length > 0;
  const errors = has(verbs) ? [] : [field.required(`${path}.verbs`, "verbs must contain at least one value")];
  if (has(nonResourceURLs)) {
    const at = `${path}.nonResourceURLs`;
    if (namespaced) {
      errors.push(field.invalid(at, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"));
    }
    if (has(apiGroups) || has(resources) || has(resourceNames)) {
      const why = "rules cannot apply to both regular resources and non-resource URLs";
      errors.push(field.invalid(at, nonResourceURLs, why));
    }
    return errors;
  }
  if (!has(apiGroups)) {
    errors.push(field.required(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  }
  if (!has(resources)) {
    errors.push(field.required(`${path}.resources`, "resource rules must supply at least one resource"));
  }
  return errors;
}

/** Rules of a Role (namespaced) or a ClusterRole. */
export const rulesErrors = (rules: readonly PolicyRule[] | null | undefined, namespaced: boolean): FieldError[] =>
  (rules ?? []).flatMap((rule, index) => ruleErrors(rule, namespaced, field.index("rules", index)));

export function roleRefErrors(roleRef: RoleRef, kinds: readonly string[]): FieldError[] {
  const { apiGroup, kind, name } = roleRef;
  const errors: FieldError[] = [];
  if (apiGroup !== rbacGroup) errors.push(field.notSupported("roleRef.apiGroup", apiGroup, [rbacGroup]));
  if (!kinds.includes(kind)) errors.push(field.notSupported("roleRef.kind", kind, kinds));
  if (name === "") errors.push(field.required("roleRef.name"));
  else errors.push(...rbacNameErrors(name).map((message) => field.invalid("roleRef.name", name, message)));
  return errors;
}

function subjectErrors(subject: RbacSubject, namespaced: boolean, path: string): FieldError[] {
  const { kind, name, apiGroup = "", namespace = "" } = subject;
  const errors = name === "" ? [field.required(`${path}.name`)] : [];
  switch (kind) {
    case "ServiceAccount":
      if (name !== "") errors.push(...isDNS1123Subdomain(name).map((m) => field.invalid(`${path}.name`, name, m)));
      if (apiGroup !== "") errors.push(field.notSupported(`${path}.apiGroup`, apiGroup, [""]));
      if (!namespaced && namespace === "") errors.push(field.required(`${path}.namespace`));
      return errors;
    case "User":
    case "Group":
      if (apiGroup !== rbacGroup) errors.push(field.notSupported(`${path}.apiGroup`, apiGroup, [rbacGroup]));
      return errors;
    default:
      return [...errors, field.notSupported(`${path}.kind`, kind, subjectKinds)];
  }
}

/** Whom a binding names; `namespaced` for a RoleBinding. */
export const subjectsErrors = (subjects: readonly RbacSubject[] | undefined, namespaced: boolean): FieldError[] =>
  (subjects ?? []).flatMap((subject, index) => subjectErrors(subject, namespaced, field.index("subjects", index)));

/** A binding's role cannot change: who may bind one may not turn it into another. */
export function roleRefChangeErrors(next: RoleRef, old: RoleRef): FieldError[] {
  if (semanticEqual(next, old)) return [];
  return [
    field.invalid("roleRef", { APIGroup: next.apiGroup, Kind: next.kind, Name: next.name }, "cannot change roleRef"),
  ];
}
