import type { ClusterRole, ClusterRoleBinding, KubeObject, Role, RoleBinding } from "@bulkhead/api";
import { normaliseRbac, type RbacRuleSet } from "@bulkhead/policy";
import type { Store, WatchHandle } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";

const group = "rbac.authorization.k8s.io";

/** The rule set of the RBAC objects as they are now, made anew per change and never per request. */
export interface RbacRules {
  readonly current: RbacRuleSet;
  /** Grows with each change: what was decided under an older one is forgotten. */
  readonly version: number;
  close(): void;
}

/**
 * Keeps the rule set in step with the store. A change only marks it; the next question makes it anew, so that a burst
 * of changes costs one rebuild.
 */
export function watchRbac(store: Store, onFailure: (why: string) => void): RbacRules {
  let rules: RbacRuleSet | undefined;
  let version = 0;
  const list = <T extends KubeObject>(resource: string): T[] =>
    [...store.list({ group, resource, namespace: undefined }).items].map((object) => peek<T>(object));
  const build = (): RbacRuleSet =>
    normaliseRbac({
      roles: list<Role>("roles"),
      clusterRoles: list<ClusterRole>("clusterroles"),
      roleBindings: list<RoleBinding>("rolebindings"),
      clusterRoleBindings: list<ClusterRoleBinding>("clusterrolebindings"),
    });
  const stale = (): void => {
    rules = undefined;
    version++;
  };
  const handles: WatchHandle[] = [];
  let closed = false;
  const follow = (resource: string): void => {
    if (closed) return;
    handles.push(
      store.watch(
        { group, resource, namespace: undefined, from: undefined },
        {
          onEvents: stale,
          onEnd: (why) => {
            if (why === "closed") return;
            onFailure(why);
            stale();
            follow(resource);
          },
        },
      ),
    );
  };
  for (const resource of ["roles", "clusterroles", "rolebindings", "clusterrolebindings"]) follow(resource);
  return {
    get current() {
      return (rules ??= build());
    },
    get version() {
      return version;
    },
    close: () => {
      closed = true;
      for (const handle of handles) handle.close();
    },
  };
}
