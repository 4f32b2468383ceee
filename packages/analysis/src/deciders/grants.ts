import type { ClusterRole, KubeObject, ObjectRef, PolicyRule, RbacSubject, RoleBinding } from "@bulkhead/api";
import { aggregatedRules, normaliseRbac, type RbacRuleSet } from "@bulkhead/policy";
import { type Kind, kinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";

/** One binding as one of its subjects meets it. */
type Grant = NonNullable<ReturnType<RbacRuleSet["cluster"]["get"]>>[number];

/** A grant with the namespace that it is for; "" for the whole cluster. */
export interface PlacedGrant {
  readonly grant: Grant;
  readonly where: string;
}

/** The grants of one namespace, or of the whole cluster, by who has them and by the role that they give. */
interface Grants {
  /** As the decider's rules name subjects. */
  readonly bySubject: ReadonlyMap<string, readonly PlacedGrant[]>;
  readonly byRole: ReadonlyMap<string, readonly PlacedGrant[]>;
  readonly rulesOfRoles: ReadonlyMap<string, readonly PolicyRule[]>;
}

/** `ClusterRole view`, `Role shop/reader`. */
export const roleKey = ({ kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">): string =>
  namespace === undefined || kind === "ClusterRole" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

/** The namespace of a Role's key; undefined for a ClusterRole's. */
const namespaceOf = (key: string): string | undefined =>
  key.startsWith("Role ") ? key.slice("Role ".length, key.indexOf("/")) : undefined;

const accessKinds: readonly Kind[] = [kinds.clusterRole, kinds.clusterRoleBinding, kinds.role, kinds.roleBinding];

/** Throws `Unread` where not all roles and bindings are known. */
export const wholeAccess: Derivation<true> = {
  name: "whole-access",
  compute: (view) => {
    for (const kind of accessKinds) view.list(kind);
    return true;
  },
  same: () => true,
};

const known = <T extends KubeObject>(view: View, kind: Kind<T>, namespace?: string): readonly T[] =>
  view.knows(kind, namespace) ? view.list(kind, namespace) : [];

/** The effective rules of ClusterRoles. */
const clusterRules: Derivation<ReadonlyMap<string, readonly PolicyRule[]>> = {
  name: "cluster-rules",
  compute: (view) => aggregatedRules(known(view, kinds.clusterRole)),
};

/** Lists are made anew with each change of a role or binding; what stands in them mostly stays. */
const sameRules = (a: readonly PolicyRule[] | undefined, b: readonly PolicyRule[] | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && a.length === b.length && a.every((rule, index) => rule === b[index]));

/** Of one ClusterRole, so that a change of another is no work for who is bound to this one. */
const clusterRulesOf: Derivation<readonly PolicyRule[] | undefined> = {
  name: "cluster-rules-of",
  compute: (view, name) => view.derive(clusterRules).get(name),
  same: sameRules,
};

/** ClusterRoles that bindings give, with their effective rules. */
function given(view: View, bindings: readonly RoleBinding[]): readonly ClusterRole[] {
  const names = new Set(bindings.flatMap(({ roleRef: { kind, name } }) => (kind === "ClusterRole" ? [name] : [])));
  return [...names].flatMap((name) => {
    const rules = view.derive(clusterRulesOf, name);
    return rules === undefined
      ? []
      : [
          {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name },
            rules: rules as PolicyRule[],
          },
        ];
  });
}

/**
 * The grants of one namespace ("" for the whole cluster) as the decider's rules say them, over what is known: a right
 * that is there is there, whatever else could not be read. Whoever finds none asks `wholeAccess`, or for the kinds that
 * could hold one. By namespace, so that a change of one is no work for the others.
 */
const grantsIn: Derivation<Grants> = {
  name: "grants-in",
  compute: (view, where) => {
    const roles = where === "" ? [] : known(view, kinds.role, where);
    const bindings: readonly RoleBinding[] =
      where === "" ? known(view, kinds.clusterRoleBinding) : known(view, kinds.roleBinding, where);
    const rules = normaliseRbac({
      roles,
      clusterRoles: given(view, bindings),
      roleBindings: where === "" ? [] : bindings,
      clusterRoleBindings: where === "" ? bindings : [],
    });
    const bySubject = new Map<string, PlacedGrant[]>();
    const byRole = new Map<string, PlacedGrant[]>();
    for (const [subject, list] of (where === "" ? rules.cluster : rules.namespaces.get(where)) ?? []) {
      const placed = list.map((grant) => ({ grant, where }));
      bySubject.set(subject, placed);
      for (const one of placed) add(byRole, roleKey(one.grant.role), one);
    }
    return { bySubject, byRole, rulesOfRoles: new Map(rules.roles.map((role) => [roleKey(role.ref), role.rules])) };
  },
};

function add(into: Map<string, PlacedGrant[]>, key: string, placed: PlacedGrant): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [placed]);
  else list.push(placed);
}

/** Where anything is bound, as far as it is known. */
const boundPlaces: Derivation<readonly string[]> = {
  name: "bound-places",
  compute: (view) => [
    "",
    ...[
      ...new Set(
        view.knows(kinds.roleBinding)
          ? view.list(kinds.roleBinding).map(({ metadata: { namespace = "" } }) => namespace)
          : known(view, kinds.namespace).map(({ metadata: { name = "" } }) => name),
      ),
    ].toSorted((a, b) => (a < b ? -1 : 1)),
  ],
  same: (a, b) => a.join("\n") === b.join("\n"),
};

/** All grants, by subject and, of ClusterRoles, by role. */
const allGrants: Derivation<Pick<Grants, "bySubject" | "byRole">> = {
  name: "all-grants",
  compute: (view) => {
    const places = view.derive(boundPlaces).map((where) => view.derive(grantsIn, where));
    return { bySubject: merged(places.map((p) => p.bySubject)), byRole: merged(places.map((p) => p.byRole)) };
  },
};

function merged(maps: readonly Grants["bySubject"][]): Grants["bySubject"] {
  const all = new Map<string, readonly PlacedGrant[]>();
  for (const map of maps) {
    for (const [key, list] of map) {
      const before = all.get(key);
      all.set(key, before === undefined ? list : [...before, ...list]);
    }
  }
  return all;
}

const sameName = (a: ObjectRef | RbacSubject, b: ObjectRef | RbacSubject): boolean =>
  a === b || (a.name === b.name && a.namespace === b.namespace && a.kind === b.kind);

const sameGrants = (a: readonly PlacedGrant[], b: readonly PlacedGrant[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((one, index) => {
      const { grant, where } = one;
      const other = b[index];
      if (other === one) return true;
      return (
        other !== undefined &&
        where === other.where &&
        sameName(grant.binding, other.grant.binding) &&
        sameName(grant.subject, other.grant.subject) &&
        sameName(grant.role, other.grant.role) &&
        sameRules(grant.rules, other.grant.rules)
      );
    }));

const noGrants: readonly PlacedGrant[] = [];

/** The effective rules of one role, by `roleKey`; undefined where it does not exist. Throws `Unread` where that is not known. */
export const rulesOfRole: Derivation<readonly PolicyRule[] | undefined> = {
  name: "rules-of-role",
  compute: (view, key) => {
    const where = namespaceOf(key);
    const rules =
      where === undefined
        ? view.derive(clusterRulesOf, key.slice("ClusterRole ".length))
        : view.derive(grantsIn, where).rulesOfRoles.get(key);
    const kind: Kind = where === undefined ? kinds.clusterRole : kinds.role;
    if (rules === undefined && !view.knows(kind, where)) view.list(kind, where);
    return rules;
  },
  same: sameRules,
};

/** Bindings that give a role, by `roleKey`, one for each of their subjects, as far as they are known. */
export const grantsOfRole: Derivation<readonly PlacedGrant[]> = {
  name: "grants-of-role",
  compute: (view, key) => {
    const where = namespaceOf(key);
    return (where === undefined ? view.derive(allGrants) : view.derive(grantsIn, where)).byRole.get(key) ?? noGrants;
  },
  same: sameGrants,
};

/** Bindings of one subject, by `u` and a user's name or `g` and a group's, as far as they are known. */
export const grantsOfSubject: Derivation<readonly PlacedGrant[]> = {
  name: "grants-of-subject",
  compute: (view, key) => view.derive(allGrants).bySubject.get(key) ?? noGrants,
  same: sameGrants,
};
