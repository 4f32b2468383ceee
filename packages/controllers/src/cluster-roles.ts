import { type ClusterRole, openReportsGroup, type PolicyRule, securityGroup } from "@bulkhead/api";

const role = (name: string, rules: PolicyRule[]): ClusterRole => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
  rules,
});

const events: PolicyRule = {
  verbs: ["create", "patch", "update"],
  apiGroups: ["", "events.k8s.io"],
  resources: ["events"],
};

/** ClusterRoles of the controllers that upstream does not have; each is to be bound to its identity. */
export const ownClusterRoles: readonly ClusterRole[] = [
  role("system:controller:exception-expiry-controller", [
    { verbs: ["get", "list", "watch"], apiGroups: [securityGroup], resources: ["exceptions"] },
    { verbs: ["patch"], apiGroups: [securityGroup], resources: ["exceptions/status"] },
    events,
  ]),
  role("system:controller:image-reports-controller", [
    { verbs: ["get", "create", "update", "delete"], apiGroups: [openReportsGroup], resources: ["reports"] },
  ]),
  // Of Secrets one, by a Role in its namespace.
  role("system:controller:brief-schedule-controller", [
    { verbs: ["get", "list", "watch"], apiGroups: [securityGroup], resources: ["briefschedules"] },
    { verbs: ["update"], apiGroups: [securityGroup], resources: ["briefschedules/status"] },
    events,
  ]),
  role("system:controller:posture-controller", [
    {
      verbs: ["get", "create", "update", "delete"],
      apiGroups: [openReportsGroup],
      resources: ["reports", "clusterreports"],
    },
    { verbs: ["get", "create", "update"], apiGroups: [securityGroup], resources: ["posturesummaries"] },
    { verbs: ["patch"], apiGroups: [securityGroup], resources: ["posturecontrols/status"] },
    {
      verbs: ["get", "list", "create", "update", "delete"],
      apiGroups: [securityGroup],
      resources: ["posturehistories"],
    },
    events,
  ]),
  role("system:controller:currency-controller", [
    { verbs: ["get", "create", "update"], apiGroups: [securityGroup], resources: ["currencysummaries"] },
    events,
  ]),
  // Whoever may look at a namespace may see what is known of the images that run in it.
  {
    ...role("system:bulkhead:view-reports", [
      { verbs: ["get", "list", "watch"], apiGroups: [openReportsGroup], resources: ["reports"] },
    ]),
    metadata: {
      name: "system:bulkhead:view-reports",
      labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" },
    },
  },
  role("system:controller:image-update-controller", [
    { verbs: ["get", "list", "watch"], apiGroups: [securityGroup], resources: ["updatepolicies"] },
    { verbs: ["update"], apiGroups: [securityGroup], resources: ["updatepolicies/status"] },
    {
      verbs: ["get", "list", "watch", "patch"],
      apiGroups: ["apps"],
      resources: ["deployments", "statefulsets", "daemonsets"],
    },
    { verbs: ["get", "list", "watch", "patch"], apiGroups: ["batch"], resources: ["cronjobs"] },
    { verbs: ["get", "list", "watch"], apiGroups: ["apps"], resources: ["replicasets"] },
    // The first pod of a DaemonSet's update, and those that a StatefulSet waits for in vain when it is taken back.
    { verbs: ["delete"], apiGroups: [""], resources: ["pods"] },
    // Patched images are pushed beside what they were made of.
    { verbs: ["pull", "push"], apiGroups: ["registry.security.bulkhead.dev"], resources: ["repositories"] },
    { verbs: ["get", "list", "watch"], apiGroups: [""], resources: ["pods", "events"] },
    events,
  ]),
  role("system:controller:template-judge", [
    { verbs: ["get", "list", "watch"], apiGroups: ["apps"], resources: ["deployments", "replicasets"] },
    { verbs: ["update"], apiGroups: ["apps"], resources: ["deployments/status", "replicasets/status"] },
    events,
  ]),
];
