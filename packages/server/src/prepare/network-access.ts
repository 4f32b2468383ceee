import { type ClusterRole, type ClusterRoleBinding, type PolicyRule, securityGroup } from "@bulkhead/api";
import { networkAgentName } from "./names.ts";

const rbac = "rbac.authorization.k8s.io";
const follow = ["get", "list", "watch"];

const networkRules: PolicyRule[] = [
  { apiGroups: [""], resources: ["pods", "namespaces", "services", "nodes"], verbs: follow },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: follow },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: follow },
  { apiGroups: [securityGroup], resources: ["exceptions", "imagetrustpolicies", "responsepolicies"], verbs: follow },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
];

/** Binds a ClusterRole to a user, or to a service account by its user name. */
export function binding(role: string, identity: string): ClusterRoleBinding {
  const [, , namespace = "", name = ""] = identity.startsWith("system:serviceaccount:") ? identity.split(":") : [];
  const subject =
    name === "" ? { kind: "User", apiGroup: rbac, name: identity } : { kind: "ServiceAccount", namespace, name };
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: role },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects: [subject],
  };
}

/** What the network agent may: it starts beside the API server and asks at once. Upstream's node role has none of it. */
export const networkRole: ClusterRole = {
  apiVersion: `${rbac}/v1`,
  kind: "ClusterRole",
  metadata: { name: "system:bulkhead:network" },
  rules: networkRules,
};

export const networkBinding: ClusterRoleBinding = binding("system:bulkhead:network", networkAgentName);
