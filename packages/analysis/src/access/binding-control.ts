import type { ClusterRoleBinding, ObjectRef, PolicyRule, RbacSubject, RoleBinding } from "@bulkhead/api";
import { roleKey, rulesOfRole } from "../deciders/grants.ts";
import type { Breach, Control, ControlCard, Fix } from "../posture/control.ts";
import { refOf } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { View } from "../snapshot/view.ts";
import { isDefaultGrant, leastRules } from "./default-rights.ts";
import { subjectSays, throughOf } from "./holders.ts";
import { rulePowers } from "./rule-powers.ts";

/** One subject of a binding that is not one of those that every cluster has. */
export interface Bound {
  readonly binding: ObjectRef;
  /** "" for the whole cluster. */
  readonly where: string;
  /** With its namespace filled in. */
  readonly subject: RbacSubject;
  readonly sort: SubjectSort;
  readonly role: ObjectRef;
  /** The role's effective rules, or what every cluster's role of that name gives; undefined where there is none. Reads roles: ask last. */
  readonly rules: () => readonly PolicyRule[] | undefined;
}

export type SubjectSort =
  | "masters"
  | "anonymous"
  | "authenticated"
  | "accounts"
  | "accounts-of-namespace"
  | "nodes"
  | "default-account"
  | "account-as-user"
  | "account"
  | "user"
  | "group";

const groups: Readonly<Record<string, SubjectSort>> = {
  "system:masters": "masters",
  "system:unauthenticated": "anonymous",
  "system:authenticated": "authenticated",
  "system:serviceaccounts": "accounts",
  "system:nodes": "nodes",
};

function sortOf({ kind, name }: RbacSubject): SubjectSort {
  if (kind === "ServiceAccount") return name === "default" ? "default-account" : "account";
  if (kind === "User") {
    if (name === "system:anonymous") return "anonymous";
    return name.startsWith("system:serviceaccount:") ? "account-as-user" : "user";
  }
  return groups[name] ?? (name.startsWith("system:serviceaccounts:") ? "accounts-of-namespace" : "group");
}

type Binding = RoleBinding | ClusterRoleBinding;

const roleOf = ({ roleRef, metadata }: Binding): ObjectRef => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: roleRef.kind,
  ...(roleRef.kind === "Role" && metadata.namespace !== undefined ? { namespace: metadata.namespace } : {}),
  name: roleRef.name,
});

const filledIn = (subject: RbacSubject, namespace: string): RbacSubject =>
  subject.kind === "ServiceAccount" ? { ...subject, namespace: subject.namespace || namespace } : subject;

type Listed = Omit<Bound, "rules"> & { readonly index: number };
const listedBy = new WeakMap<Binding, readonly Listed[]>();

function subjectsOf(binding: Binding): readonly Listed[] {
  const seen = listedBy.get(binding);
  if (seen !== undefined) return seen;
  const where = binding.metadata.namespace ?? "";
  const role = roleOf(binding);
  const ref = refOf(binding);
  const listed = (binding.subjects ?? [])
    .map((one, index) => ({ one: filledIn(one, where), index }))
    .filter(({ one }) => !isDefaultGrant(ref, role.name, one))
    .map(({ one, index }) => ({ binding: ref, where, subject: one, sort: sortOf(one), role, index }));
  listedBy.set(binding, listed);
  return listed;
}

interface BindingControl extends Omit<ControlCard, "area"> {
  /** What is wrong with it, after the subject's name: `may …`; undefined where nothing is. */
  readonly says: (bound: Bound, view: View) => string | undefined;
  readonly mind?: string;
  readonly byHand?: { readonly why: string; readonly how: string };
}

function withoutSubject(binding: Binding, breach: Breach): Fix & { kind: "edits" } {
  const object = refOf(binding);
  const value = (binding.subjects ?? []).filter(
    (subject) => subjectSays(filledIn(subject, object.namespace ?? "")) !== breach.key,
  );
  return {
    kind: "edits",
    edits: [value.length === 0 ? { op: "delete", object } : { op: "set", object, field: "subjects", value }],
  };
}

const rulesIn = (view: View, role: ObjectRef): readonly PolicyRule[] | undefined => {
  const least = leastRules(role);
  return least !== undefined && !view.knows(kinds.clusterRole)
    ? least
    : (view.derive(rulesOfRole, roleKey(role)) ?? least);
};

/** A control over who is bound: it fires on the subject. Its fix takes the subject out of the binding. */
export const bindingControl = (control: BindingControl): Control => {
  const { says, mind, byHand, ...card } = control;
  return {
    ...card,
    area: "identities",
    kinds: [kinds.roleBinding, kinds.clusterRoleBinding],
    check: (object, view) => {
      const found = new Map<string, Breach>();
      for (const listed of subjectsOf(object as Binding)) {
        const { role } = listed;
        const bound = { ...listed, rules: () => rulesIn(view, role) };
        const text = says(bound, view);
        const name = subjectSays(bound.subject);
        if (text === undefined || found.has(name)) continue;
        found.set(name, {
          field: `subjects[${bound.index}]`,
          key: name,
          says: `${name} ${text}`,
          through: [bound.role, ...throughOf(view, [bound]).filter(({ kind }) => !kind.endsWith("Binding"))],
        });
      }
      return [...found.values()];
    },
    fix: (object, breach) =>
      byHand === undefined
        ? {
            ...withoutSubject(object as Binding, breach),
            mind: mind ?? "no object says whether the rights are used; the audit log does, by the subject's name",
          }
        : { kind: "by-hand", ...byHand },
  };
};

/** ` everywhere` or ` in namespace shop`. */
export const placeSays = (where: string): string => (where === "" ? "everywhere" : `in namespace ${where}`);

const selfReviews: ReadonlySet<string> = new Set([
  "selfsubjectaccessreviews",
  "selfsubjectrulesreviews",
  "selfsubjectreviews",
]);

/** Whether rules give nothing but named paths, questions about oneself, and a cluster's public address. */
export const tellsLittle = (rules: readonly PolicyRule[]): boolean =>
  rules.every((rule) => {
    if ((rule.nonResourceURLs ?? []).length > 0) return rulePowers(rule).length === 0;
    if (rule.resources?.every((resource) => selfReviews.has(resource)) === true) return true;
    return (
      rule.verbs.join() === "get" &&
      rule.resourceNames?.join() === "cluster-info" &&
      rule.resources?.join() === "configmaps"
    );
  });
