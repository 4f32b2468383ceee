import { type ClusterRole, securityGroup } from "@bulkhead/api";

const rbac = "rbac.authorization.k8s.io";
const read = ["get", "list", "watch"];
const write = ["create", "delete", "deletecollection", "patch", "update"];

const aggregated = (name: string, to: "view" | "edit", resources: string[], verbs: string[]): ClusterRole => ({
  apiVersion: `${rbac}/v1`,
  kind: "ClusterRole",
  metadata: { name: `system:bulkhead:${name}`, labels: { [`${rbac}/aggregate-to-${to}`]: "true" } },
  rules: [{ apiGroups: [securityGroup], resources, verbs }],
});

/**
 * What the roles that every cluster has (`view`, `edit`, `admin`) may do with our own kinds: whoever may change a workload may
 * say which tags it follows. What loosens a rule is in none of them: ImageTrustPolicies and Exceptions are the cluster
 * administrator's, or whose they are made by a role of its own. ImageReports are of the whole cluster: a role bound in one
 * namespace does not reach them.
 */
export const ownKindRoles: readonly ClusterRole[] = [
  aggregated("view-images", "view", ["imagereports", "updatepolicies", "updatepolicies/status"], read),
  aggregated("edit-images", "edit", ["updatepolicies"], write),
];
