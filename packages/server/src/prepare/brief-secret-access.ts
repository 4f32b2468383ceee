import { briefSecretName, type Role, type RoleBinding } from "@bulkhead/api";

const name = "system:bulkhead:brief-secret";
const namespace = "kube-system";

/** The sender of briefs reads one Secret, and neither lists nor watches any. */
export const briefSecretRole: Role = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name, namespace },
  rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [briefSecretName], verbs: ["get"] }],
};

export const briefSecretBinding: RoleBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name, namespace },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
  subjects: [{ kind: "ServiceAccount", namespace, name: "brief-schedule-controller" }],
};
