import type { PolicyRule } from "@bulkhead/api";
import {
  type AccessVerdict,
  evaluateRbac,
  normaliseRbac,
  type RbacRuleSet,
  rulesFor,
  serviceAccountUserName,
} from "@bulkhead/policy";
import { kinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";

/** Who may do what: the authorizer's own rules. */
export const accessRules: Derivation<RbacRuleSet> = {
  name: "access-rules",
  compute: (view) =>
    normaliseRbac({
      roles: view.list(kinds.role),
      clusterRoles: view.list(kinds.clusterRole),
      roleBindings: view.list(kinds.roleBinding),
      clusterRoleBindings: view.list(kinds.clusterRoleBinding),
    }),
};

/** The groups that a service account's tokens carry. */
const groupsOf = (namespace: string): string[] => [
  "system:serviceaccounts",
  `system:serviceaccounts:${namespace}`,
  "system:authenticated",
];

/** As whom a pod of an account speaks. */
export const accountUser = (namespace: string, name: string): { name: string; groups: string[] } => ({
  name: serviceAccountUserName(namespace, name),
  groups: groupsOf(namespace),
});

/** All rules that an account has in a namespace ("" for those of the whole cluster). */
export const accountRules = (view: View, account: { namespace: string; name: string }, where: string): PolicyRule[] => [
  ...rulesFor(view.derive(accessRules), accountUser(account.namespace, account.name), where),
];

export interface AccessTo {
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  /** The namespace; "" for the cluster's own objects and for all namespaces. */
  readonly where: string;
}

/** Whether an account may do something: the authorizer's verdict. */
export const accountMay = (
  view: View,
  account: { namespace: string; name: string },
  verb: string,
  { group = "", resource, subresource = "", name = "", where }: AccessTo,
): AccessVerdict =>
  evaluateRbac(view.derive(accessRules), {
    user: accountUser(account.namespace, account.name),
    verb,
    isResource: true,
    group,
    resource,
    subresource,
    name,
    namespace: where,
    path: "",
  });
