import type { ClusterRole, ObjectRef, RbacSubject } from "@bulkhead/api";
import { aggregatedRules } from "@bulkhead/policy";
import { grantsOfRole, roleKey } from "../deciders/grants.ts";
import { refOf, serviceAccountOf, workloadsIn } from "../posture/workload.ts";
import { type Kind, kinds, workloadKinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";

/** Whoever has a role, and where: "" for the whole cluster. */
export interface Holder {
  readonly subject: RbacSubject;
  readonly where: string;
  readonly binding: ObjectRef;
}

/** Roles that every cluster gathers from others; what widens them has a control of its own. */
const gathered: ReadonlySet<string> = new Set(["admin", "edit", "view"]);

const keyOf = (role: ClusterRole): string => roleKey(refOf(role));

/** The ClusterRoles that take a role's rules over, at whatever distance, as the decider gathers them. */
const gatherers: Derivation<readonly string[]> = {
  name: "gatherers-of-role",
  compute: (view, name) => {
    const role = view.get(kinds.clusterRole, "", name);
    if (role?.metadata.labels === undefined || !view.knows(kinds.clusterRole)) return [];
    const above = view
      .list(kinds.clusterRole)
      .filter((other) => other.aggregationRule != null && other !== role && !gathered.has(other.metadata.name ?? ""));
    const found = new Set<ClusterRole>([role]);
    for (const one of found)
      for (const other of above)
        if (
          (aggregatedRules([other, { ...one, aggregationRule: undefined, rules: probe }]).get(other.metadata.name ?? "")
            ?.length ?? 0) > 0
        )
          found.add(other);
    return [...found].filter((one) => one !== role).map(keyOf);
  },
  same: (a, b) => a.join("\n") === b.join("\n"),
};

const probe = [{ verbs: ["get"], nonResourceURLs: ["/"] }];

/** Members of system:masters need no rights: nothing is asked of them. */
const isMasters = ({ kind, name }: RbacSubject): boolean => kind === "Group" && name === "system:masters";

/** Whoever has a role, by the role itself or one that takes its rules over, as far as it is known. */
export function holdersOf(view: View, role: ObjectRef): readonly Holder[] {
  const keys = [roleKey(role), ...(role.kind === "ClusterRole" ? view.derive(gatherers, role.name) : [])];
  return keys.flatMap((key) =>
    view
      .derive(grantsOfRole, key)
      .filter(({ grant }) => !isMasters(grant.subject))
      .map(({ grant, where }) => ({ subject: grant.subject, where, binding: grant.binding })),
  );
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** Throws `Unread` where somebody may hold a role of whom nothing could be read; the cluster-wide alone with `widely`. */
export function holdersAreKnown(view: View, role: ObjectRef, widely = false): void {
  const where = role.kind === "Role" ? role.namespace : undefined;
  if (!widely) needKind(view, kinds.roleBinding, where);
  if (where !== undefined) return;
  needKind(view, kinds.clusterRoleBinding);
  if (!widely) needKind(view, kinds.clusterRole);
}

/** Reads nothing where all is known, so that nothing is asked again for it. */
const needKind = (view: View, kind: Kind, namespace?: string): void => {
  if (!view.knows(kind, namespace)) view.list(kind, namespace);
};

/** The workloads of a namespace by the account that they run under. */
const workloadsByAccount: Derivation<ReadonlyMap<string, readonly ObjectRef[]>> = {
  name: "workloads-by-account",
  compute: (view, namespace) => {
    const found = new Map<string, ObjectRef[]>();
    const workloads = workloadsIn(view, namespace).map((one) => [`${one.ref.kind} ${one.ref.name}`, one] as const);
    for (const [, workload] of workloads.toSorted(byKey)) {
      const account = serviceAccountOf(workload);
      found.set(account, [...(found.get(account) ?? []), workload.ref]);
    }
    return found;
  },
  same: (a, b) => JSON.stringify([...a]) === JSON.stringify([...b]),
};

/** The workloads that run under an account. Throws `Unread` where workloads could not be read. */
export const usersOfAccount = (view: View, namespace: string, name: string): readonly ObjectRef[] =>
  view.derive(workloadsByAccount, namespace).get(name) ?? [];

/** Bindings, and the workloads whose tokens carry it as far as they are known: what a finding on a role goes through. */
export function throughOf(view: View, holders: readonly Holder[]): readonly ObjectRef[] {
  const found = new Map<string, ObjectRef>();
  const add = (ref: ObjectRef): void => void found.set(`${ref.kind} ${ref.namespace ?? ""}/${ref.name}`, ref);
  for (const { binding } of holders) add(binding);
  for (const { subject } of holders) {
    const namespace = subject.namespace ?? "";
    if (subject.kind !== "ServiceAccount" || !workloadKinds.every((kind) => view.knows(kind, namespace))) continue;
    for (const ref of usersOfAccount(view, namespace, subject.name)) add(ref);
  }
  return [...found].toSorted(byKey).map(([, ref]) => ref);
}

/** `ServiceAccount shop/web`. */
export const subjectSays = ({ kind, namespace, name }: RbacSubject): string =>
  kind === "ServiceAccount" ? `${kind} ${namespace ?? ""}/${name}` : `${kind} ${name}`;

/** `ServiceAccount shop/web, User ann and 3 more`. */
export function manySay(texts: readonly string[]): string {
  const some = [...new Set(texts)].toSorted();
  const shown = some.length > 3 ? [...some.slice(0, 2), `${some.length - 2} more`] : some;
  return shown.length === 1 ? (shown[0] ?? "") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1) ?? ""}`;
}
