import { type ClusterRole, type ClusterRoleBinding, imageScannerUser, securityGroup } from "@bulkhead/api";
import { binding } from "./network-access.ts";

/** What the agent's scanning may: write what it found, tell of it, and put the conditions on pods that policies ask for. Which images run it knows from copies that are there. */
export const imageScannerRole: ClusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "system:bulkhead:image-scanner" },
  rules: [
    { apiGroups: [securityGroup], resources: ["imagereports"], verbs: ["get", "list", "create", "update", "delete"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
    // Conditions of pods that fell out of policy; admission holds it to those (`ImageScannerRestriction`).
    { apiGroups: [""], resources: ["pods/status"], verbs: ["patch"] },
  ],
};

export const imageScannerBinding: ClusterRoleBinding = binding("system:bulkhead:image-scanner", imageScannerUser);
