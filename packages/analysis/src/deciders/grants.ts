import type { KubeObject, ObjectRef, PolicyRule, RbacSubject } from "@bulkhead/api";
import { normaliseRbac, type RbacRuleSet } from "@bulkhead/policy";
import { type Kind, kinds } from "../snapshot/kinds.ts";
import type { Derivation } from "../snapshot/view.ts";
import { accessRules } from "./access.ts";

/** One binding as one of its subjects meets it. */
type Grant = NonNullable<ReturnType<RbacRuleSet["cluster"]["get"]>>[number];

/** A grant with the namespace that it is for; "" for the whole cluster. */
export interface PlacedGrant {
  readonly grant: Grant;
  readonly where: string;
}

/** Every grant, found by who has it (as the decider's rules name subjects) and by the role that it gives. */
interface Grants {
  readonly bySubject: ReadonlyMap<string, readonly PlacedGrant[]>;
  readonly byRole: ReadonlyMap<string, readonly PlacedGrant[]>;
}

/** `ClusterRole view`, `Role shop/reader`. */
export const roleKey = ({ kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">): string =>
  namespace === undefined || kind === "ClusterRole" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

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

/**
 * The authorizer's rules over what is known: a right that is there is there, whatever else could not be read. Whoever
 * finds none asks `wholeAccess`, or for the kinds that could hold one.
 */
const knownAccess: Derivation<RbacRuleSet> = {
  name: "known-access",
  compute: (view) => {
    if (accessKinds.every((kind) => view.knows(kind))) return view.derive(accessRules);
    const known = <T extends KubeObject>(kind: Kind<T>): readonly T[] => (view.knows(kind) ? view.list(kind) : []);
    return normaliseRbac({
      roles: known(kinds.role),
      clusterRoles: known(kinds.clusterRole),
      roleBindings: known(kinds.roleBinding),
      clusterRoleBindings: known(kinds.clusterRoleBinding),
    });
  },
};

/** Joined once for all who ask. */
const grants: Derivation<Grants> = {
  name: "grants",
  compute: (view) => {
    const bySubject = new Map<string, PlacedGrant[]>();
    const byRole = new Map<string, PlacedGrant[]>();
    const add = (into: Map<string, PlacedGrant[]>, key: string, placed: PlacedGrant): void => {
      const list = into.get(key);
      if (list === undefined) into.set(key, [placed]);
      else list.push(placed);
    };
    const { cluster, namespaces } = view.derive(knownAccess);
    for (const [where, subjects] of [["", cluster] as const, ...namespaces]) {
      for (const [subject, list] of subjects) {
        for (const grant of list) {
          const placed = { grant, where };
          add(bySubject, subject, placed);
          add(byRole, roleKey(grant.role), placed);
        }
      }
    }
    return { bySubject, byRole };
  },
};

const rulesByRole: Derivation<ReadonlyMap<string, readonly PolicyRule[]>> = {
  name: "rules-by-role",
  compute: (view) => new Map(view.derive(knownAccess).roles.map(({ ref, rules }) => [roleKey(ref), rules])),
};

/** Lists are made anew with each change of a role or binding; what stands in them mostly stays. */
const sameRules = (a: readonly PolicyRule[] | undefined, b: readonly PolicyRule[] | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && a.length === b.length && a.every((rule, index) => rule === b[index]));

const sameName = (a: ObjectRef | RbacSubject, b: ObjectRef | RbacSubject): boolean =>
  a === b || (a.name === b.name && a.namespace === b.namespace && a.kind === b.kind);

const sameGrants = (a: readonly PlacedGrant[], b: readonly PlacedGrant[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every(({ grant, where }, index) => {
      const other = b[index];
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
    const rules = view.derive(rulesByRole).get(key);
    if (rules === undefined) view.list(key.startsWith("ClusterRole ") ? kinds.clusterRole : kinds.role);
    return rules;
  },
  same: sameRules,
};

/** Bindings that give a role, by `roleKey`, one for each of their subjects, as far as they are known. */
export const grantsOfRole: Derivation<readonly PlacedGrant[]> = {
  name: "grants-of-role",
  compute: (view, key) => view.derive(grants).byRole.get(key) ?? noGrants,
  same: sameGrants,
};

/** Bindings of one subject, by `u` and a user's name or `g` and a group's, as far as they are known. */
export const grantsOfSubject: Derivation<readonly PlacedGrant[]> = {
  name: "grants-of-subject",
  compute: (view, key) => view.derive(grants).bySubject.get(key) ?? noGrants,
  same: sameGrants,
};
