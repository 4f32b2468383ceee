import type { ObjectRef, PolicyRule } from "@bulkhead/api";
import type { RbacRuleSet } from "@bulkhead/policy";
import type { Derivation } from "../snapshot/view.ts";
import { accessRules } from "./access.ts";

/** One binding as one of its subjects meets it. */
export type Grant = NonNullable<ReturnType<RbacRuleSet["cluster"]["get"]>>[number];

/** A grant with the namespace that it is for; "" for the whole cluster. */
export interface PlacedGrant {
  readonly grant: Grant;
  readonly where: string;
}

/** Every grant, found by who has it (as the decider's rules name subjects) and by the role that it gives. */
export interface Grants {
  readonly bySubject: ReadonlyMap<string, readonly PlacedGrant[]>;
  readonly byRole: ReadonlyMap<string, readonly PlacedGrant[]>;
}

/** `ClusterRole view`, `Role shop/reader`. */
export const roleKey = ({ kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">): string =>
  namespace === undefined || kind === "ClusterRole" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

/** Joined once for all who ask. */
export const grants: Derivation<Grants> = {
  name: "grants",
  compute: (view) => {
    const bySubject = new Map<string, PlacedGrant[]>();
    const byRole = new Map<string, PlacedGrant[]>();
    const add = (into: Map<string, PlacedGrant[]>, key: string, placed: PlacedGrant): void => {
      const list = into.get(key);
      if (list === undefined) into.set(key, [placed]);
      else list.push(placed);
    };
    const { cluster, namespaces } = view.derive(accessRules);
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
  compute: (view) => new Map(view.derive(accessRules).roles.map(({ ref, rules }) => [roleKey(ref), rules])),
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The effective rules of one role, by `roleKey`; undefined where it does not exist. */
export const rulesOfRole: Derivation<readonly PolicyRule[] | undefined> = {
  name: "rules-of-role",
  compute: (view, key) => view.derive(rulesByRole).get(key),
  same,
};

/** Bindings that give a role, by `roleKey`, one for each of their subjects. */
export const grantsOfRole: Derivation<readonly PlacedGrant[]> = {
  name: "grants-of-role",
  compute: (view, key) => view.derive(grants).byRole.get(key) ?? [],
  same: (a, b) =>
    same(
      a.map(({ grant: { binding, subject }, where }) => [binding, subject, where]),
      b.map(({ grant: { binding, subject }, where }) => [binding, subject, where]),
    ),
};
