import type {
  ClusterRole,
  ClusterRoleBinding,
  ObjectRef,
  PolicyRule,
  RbacSubject,
  Role,
  RoleBinding,
} from "@bulkhead/api";
import { aggregatedRules } from "./aggregation.ts";
import { serviceAccountUserName } from "./service-account.ts";

export interface RbacObjects {
  readonly roles: readonly Role[];
  readonly clusterRoles: readonly ClusterRole[];
  readonly roleBindings: readonly RoleBinding[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
}

/** One binding as one of its subjects meets it. */
export interface Grant {
  /** Bindings are asked in this order: the cluster's, then a namespace's, by name. */
  readonly order: number;
  readonly binding: ObjectRef;
  /** Which of the binding's subjects. */
  readonly subject: RbacSubject;
  readonly subjectIndex: number;
  readonly role: ObjectRef;
  /** Undefined when the role does not exist. */
  readonly rules: readonly PolicyRule[] | undefined;
}

/** By subject: `u` and a user's name, or `g` and a group's. */
type BySubject = ReadonlyMap<string, readonly Grant[]>;

/** All grants, found by who has them. Cheap to make again: roles' rules are taken as they stand. */
export interface RbacRuleSet {
  readonly cluster: BySubject;
  readonly namespaces: ReadonlyMap<string, BySubject>;
  /** Every role with its effective rules, for finding one that would do. */
  readonly roles: readonly { readonly ref: ObjectRef; readonly rules: readonly PolicyRule[] }[];
}

const rbacVersion = "rbac.authorization.k8s.io/v1";
const refOf = (kind: string, namespace: string, name: string): ObjectRef => ({
  apiVersion: rbacVersion,
  kind,
  ...(namespace === "" ? {} : { namespace }),
  name,
});

export const userKey = (name: string): string => `u${name}`;
export const groupKey = (name: string): string => `g${name}`;

/** Where a subject is looked up, or undefined for one that nobody can be. */
function subjectKey(subject: RbacSubject, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case "User":
      return userKey(subject.name);
    case "Group":
      return groupKey(subject.name);
    case "ServiceAccount": {
      const namespace = subject.namespace || bindingNamespace;
      return namespace === "" ? undefined : userKey(serviceAccountUserName(namespace, subject.name));
    }
    default:
      return undefined;
  }
}

const byName = (a: RoleBinding, b: RoleBinding): number => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);

type RuleLookup = (binding: RoleBinding) => readonly PolicyRule[] | undefined;

function index(bindings: readonly RoleBinding[], kind: string, namespace: string, rulesOf: RuleLookup): BySubject {
  const grants = new Map<string, Grant[]>();
  for (const [order, binding] of [...bindings].sort(byName).entries()) {
    const seen = new Set<string>();
    const rules = rulesOf(binding);
    const role = refOf(binding.roleRef.kind, binding.roleRef.kind === "Role" ? namespace : "", binding.roleRef.name);
    for (const [subjectIndex, subject] of (binding.subjects ?? []).entries()) {
      const key = subjectKey(subject, namespace);
      if (key === undefined || seen.has(key)) continue;
      seen.add(key);
      const grant: Grant = {
        order,
        binding: refOf(kind, namespace, binding.metadata.name ?? ""),
        subject:
          subject.kind === "ServiceAccount" ? { ...subject, namespace: subject.namespace || namespace } : subject,
        subjectIndex,
        role,
        rules,
      };
      const list = grants.get(key);
      if (list === undefined) grants.set(key, [grant]);
      else list.push(grant);
    }
  }
  return grants;
}

/** Joins bindings with their roles. A binding whose role is absent grants nothing and is remembered as such. */
export function normaliseRbac(objects: RbacObjects): RbacRuleSet {
  const clusterRules = aggregatedRules(objects.clusterRoles);
  const roleRules = new Map(objects.roles.map((r) => [`${r.metadata.namespace}/${r.metadata.name}`, r.rules ?? []]));
  const lookup =
    (namespace: string): RuleLookup =>
    ({ roleRef }) => {
      if (roleRef.kind === "ClusterRole") return clusterRules.get(roleRef.name);
      return roleRef.kind === "Role" && namespace !== "" ? roleRules.get(`${namespace}/${roleRef.name}`) : undefined;
    };
  const byNamespace = new Map<string, RoleBinding[]>();
  for (const binding of objects.roleBindings) {
    const namespace = binding.metadata.namespace ?? "";
    if (namespace === "") continue;
    const list = byNamespace.get(namespace);
    if (list === undefined) byNamespace.set(namespace, [binding]);
    else list.push(binding);
  }
  return {
    cluster: index(objects.clusterRoleBindings, "ClusterRoleBinding", "", lookup("")),
    namespaces: new Map(
      [...byNamespace].map(([namespace, list]) => [
        namespace,
        index(list, "RoleBinding", namespace, lookup(namespace)),
      ]),
    ),
    roles: [
      ...objects.roles.map((r) => ({
        ref: refOf("Role", r.metadata.namespace ?? "", r.metadata.name ?? ""),
        rules: r.rules ?? [],
      })),
      ...[...clusterRules].map(([name, rules]) => ({ ref: refOf("ClusterRole", "", name), rules })),
    ],
  };
}
