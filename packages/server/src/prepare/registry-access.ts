import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "@bulkhead/api";
import {
  pullCredentialPath,
  registryEventsPath,
  registryGroup,
  registryNotifier,
  registryTokenPath,
} from "@bulkhead/apiserver";

const rbac = "rbac.authorization.k8s.io";

const role = (name: string, aggregateTo: string | undefined, ...rules: PolicyRule[]): ClusterRole => ({
  apiVersion: `${rbac}/v1`,
  kind: "ClusterRole",
  metadata: {
    name,
    ...(aggregateTo === undefined ? {} : { labels: { [`${rbac}/aggregate-to-${aggregateTo}`]: "true" } }),
  },
  rules,
});

const bind = (name: string, roleName: string, kind: "Group" | "User", subject: string): ClusterRoleBinding => ({
  apiVersion: `${rbac}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: "ClusterRole", name: roleName },
  subjects: [{ apiGroup: rbac, kind, name: subject }],
});

const may = (...verbs: string[]): PolicyRule => ({ apiGroups: [registryGroup], resources: ["repositories"], verbs });

/**
 * Rights on the registry's repositories. Bound in a namespace they hold for the repositories below its name; `view`,
 * `edit` and `admin` hold them too.
 */
export const registryRoles: readonly ClusterRole[] = [
  role("registry-puller", "view", may("pull")),
  role("registry-pusher", "edit", may("pull", "push")),
  role("registry-admin", "admin", may("pull", "push", "delete", "list")),
  // POST is answered with 405, upon which clients take GET.
  role("system:bulkhead:registry-client", undefined, { nonResourceURLs: [registryTokenPath], verbs: ["get", "post"] }),
  role("system:bulkhead:pull-credential", undefined, { nonResourceURLs: [pullCredentialPath], verbs: ["get"] }),
  role("system:bulkhead:registry-notifier", undefined, { nonResourceURLs: [registryEventsPath], verbs: ["post"] }),
];

/** The one who may have the credentials that Deployments' images are pulled with, and no Secret. */
const updater = "system:serviceaccount:kube-system:image-update-controller";

/** Whoever is known may ask for a token, in which stands what they may; nodes may pull everything. */
export const registryBindings: readonly ClusterRoleBinding[] = [
  bind("system:bulkhead:registry-client", "system:bulkhead:registry-client", "Group", "system:authenticated"),
  bind("system:bulkhead:pull-credential", "system:bulkhead:pull-credential", "User", updater),
  bind("system:bulkhead:registry-notifier", "system:bulkhead:registry-notifier", "User", registryNotifier.name),
  bind("system:bulkhead:registry-nodes", "registry-puller", "Group", "system:nodes"),
];
