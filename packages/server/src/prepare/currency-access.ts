import { type ClusterRole, type ClusterRoleBinding, currencyKeeperUser, securityGroup } from "@bulkhead/api";
import { binding } from "./network-access.ts";

/** What root's currency process may: read what decides, say what the machine is, and tell what it did. */
export const currencyKeeperRole: ClusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "system:bulkhead:currency" },
  rules: [
    { apiGroups: [securityGroup], resources: ["currencypolicies", "currencyapprovals"], verbs: ["get", "list"] },
    {
      apiGroups: [securityGroup],
      resources: ["machineinventories", "posturefacts", "changedigests"],
      verbs: ["get", "create", "update"],
    },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
  ],
};

export const currencyKeeperBinding: ClusterRoleBinding = binding("system:bulkhead:currency", currencyKeeperUser);
