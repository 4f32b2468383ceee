import { type ClusterRole, type ClusterRoleBinding, securityGroup } from "@bulkhead/api";
import { imageScannerName } from "./names.ts";
import { binding } from "./network-access.ts";

/** What the agent's scanning may: write what it found, and tell of it. Which images run it knows from copies that are there. */
export const imageScannerRole: ClusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "system:bulkhead:image-scanner" },
  rules: [
    { apiGroups: [securityGroup], resources: ["imagereports"], verbs: ["get", "list", "create", "update", "delete"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
  ],
};

export const imageScannerBinding: ClusterRoleBinding = binding("system:bulkhead:image-scanner", imageScannerName);
