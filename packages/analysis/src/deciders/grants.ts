import type { ObjectRef } from "@bulkhead/api";
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
