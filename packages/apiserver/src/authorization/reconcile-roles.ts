import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { ClusterRole, ClusterRoleBinding, KubeObject, Log, PolicyRule, Role, RoleBinding } from "@bulkhead/api";
import { missingRules } from "@bulkhead/policy";
import { type Put, type Store, StoreError } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";
import type { ResourceRegistry } from "../resources/registry.ts";
import { timestamp } from "../resources/services.ts";
import { putOf, removeOf } from "../resources/stored-write.ts";
import { defaultClusterRoleBindings, defaultRoleBindings } from "./default-role-bindings.ts";
import { defaultClusterRoles, defaultRoles } from "./default-roles.ts";
import { type BindingFacts, parseSubject, type RoleFacts } from "./role-notation.ts";

const group = "rbac.authorization.k8s.io";
const autoUpdate = "rbac.authorization.kubernetes.io/autoupdate";
const bootstrapping = { "kubernetes.io/bootstrapping": "rbac-defaults" };

interface RbacObject extends KubeObject {
  rules?: PolicyRule[] | null;
  aggregationRule?: unknown;
  subjects?: unknown[];
  roleRef?: unknown;
}

const meta = (facts: { name: string; namespace: string; labels?: Readonly<Record<string, string>> }) => ({
  name: facts.name,
  ...(facts.namespace === "" ? {} : { namespace: facts.namespace }),
  annotations: { [autoUpdate]: "true" },
  labels: { ...bootstrapping, ...facts.labels },
});

const roleObject = (facts: RoleFacts & { readonly aggregationRule?: unknown }): RbacObject => ({
  apiVersion: `${group}/v1`,
  kind: facts.namespace === "" ? "ClusterRole" : "Role",
  metadata: meta(facts),
  ...(facts.aggregationRule === undefined ? {} : { aggregationRule: facts.aggregationRule }),
  rules: facts.aggregationRule === undefined ? facts.rules : null,
});

const bindingObject = (facts: BindingFacts): RbacObject => ({
  apiVersion: `${group}/v1`,
  kind: facts.namespace === "" ? "ClusterRoleBinding" : "RoleBinding",
  metadata: meta(facts),
  roleRef: { apiGroup: group, kind: facts.roleKind, name: facts.role },
  subjects: facts.subjects.map(parseSubject),
});

const defaults: readonly (readonly [string, RbacObject])[] = [
  ...defaultClusterRoles.map((facts) => ["clusterroles", roleObject(facts)] as const),
  ...defaultRoles.map((facts) => ["roles", roleObject(facts)] as const),
  ...defaultClusterRoleBindings.map((facts) => ["clusterrolebindings", bindingObject(facts)] as const),
  ...defaultRoleBindings.map((facts) => ["rolebindings", bindingObject(facts)] as const),
];

/**
 * What a default object is to become, given what is there: undefined when nothing is to be done. Permissions and
 * subjects that someone added stay, those that are missing come back; an object annotated autoupdate=false is left
 * alone. A binding to another role cannot be changed and is made anew.
 */
export function reconciled(
  wanted: RbacObject,
  found: RbacObject | undefined,
): { readonly object: RbacObject; readonly replace: boolean } | undefined {
  if (found === undefined) return { object: structuredClone(wanted), replace: false };
  if (found.metadata.annotations?.[autoUpdate] === "false") return undefined;
  if (wanted.roleRef !== undefined && !isDeepStrictEqual(wanted.roleRef, found.roleRef))
    return { object: structuredClone(wanted), replace: true };
  const object = structuredClone(found);
  object.metadata.labels = { ...found.metadata.labels, ...wanted.metadata.labels };
  object.metadata.annotations = { ...found.metadata.annotations, ...wanted.metadata.annotations };
  if (wanted.aggregationRule !== undefined) object.aggregationRule = wanted.aggregationRule;
  else if (wanted.rules) object.rules = [...(found.rules ?? []), ...missingRules(found.rules ?? [], wanted.rules)];
  if (wanted.subjects !== undefined) {
    const missing = wanted.subjects.filter((s) => !found.subjects?.some((f) => isDeepStrictEqual(f, s)));
    if (missing.length > 0) object.subjects = [...(found.subjects ?? []), ...missing];
  }
  return isDeepStrictEqual(object, found) ? undefined : { object, replace: false };
}

/** A right of our own programs, or who has it. */
export type OwnAccess = ClusterRole | ClusterRoleBinding | Role | RoleBinding;

export interface ReconcileOptions {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Made where absent; otherwise whoever made them brings them up to date. */
  readonly own: readonly OwnAccess[];
}

const resourceFor = {
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
} as const;

/** Those of our own that are not there yet. */
function* missingOwn({ store, registry, own, now }: ReconcileOptions): Generator<Put> {
  for (const wanted of own) {
    const resource = resourceFor[wanted.kind as keyof typeof resourceFor];
    const kind = registry.stored(group, resource);
    const { namespace = "", name = "" } = wanted.metadata;
    const key = { group, resource, namespace, name };
    if (kind === undefined || store.get(key) !== undefined) continue;
    const metadata = { ...wanted.metadata, uid: randomUUID(), creationTimestamp: timestamp(now) };
    yield putOf(kind.resource, { ...structuredClone(wanted), metadata }, 0);
  }
}

/** Brings the default roles and bindings back at start, as upstream does, and makes our own; all in one commit. */
export async function reconcileRoles(options: ReconcileOptions): Promise<void> {
  const { store, registry, log, now } = options;
  const writes = [...missingOwn(options)];
  for (const [resource, wanted] of defaults) {
    const kind = registry.stored(group, resource);
    if (kind === undefined) continue;
    const key = { group, resource, namespace: wanted.metadata.namespace ?? "", name: wanted.metadata.name ?? "" };
    const current = store.get(key);
    const next = reconciled(wanted, current === undefined ? undefined : peek<RbacObject>(current));
    if (next === undefined) continue;
    const { object, replace } = next;
    if (current === undefined || replace) {
      object.metadata.uid = randomUUID();
      object.metadata.creationTimestamp = timestamp(now);
    }
    // Fields a default object owns are not tracked: nobody applied them.
    if (replace && current !== undefined) {
      await store.commit({ writes: [removeOf(kind.resource, structuredClone(peek(current)), current.revision)] });
      writes.push(putOf(kind.resource, object, 0));
    } else writes.push(putOf(kind.resource, object, current?.revision ?? 0));
  }
  if (writes.length === 0) return;
  try {
    await store.commit({ writes });
    log.info({ count: writes.length }, "default roles and bindings reconciled");
  } catch (error) {
    // Another writer in the same instant; the next start finds what is left.
    if (!(error instanceof StoreError) || error.code !== "conflict") throw error;
  }
}
