import type { BindingFacts } from "./role-notation.ts";

/** Upstream 1.36's default bindings: name, role, subjects as `User NAME`, `Group NAME` or `NAMESPACE/ACCOUNT`. */
const bind = (name: string, role: string, ...subjects: readonly string[]): BindingFacts => ({
  name,
  namespace: "",
  roleKind: "ClusterRole",
  role,
  subjects,
});

export const defaultClusterRoleBindings: readonly BindingFacts[] = [
  bind("cluster-admin", "cluster-admin", "Group system:masters"),
  bind("system:basic-user", "system:basic-user", "Group system:authenticated"),
  bind(
    "system:controller:attachdetach-controller",
    "system:controller:attachdetach-controller",
    "kube-system/attachdetach-controller",
  ),
  bind(
    "system:controller:certificate-controller",
    "system:controller:certificate-controller",
    "kube-system/certificate-controller",
  ),
  bind(
    "system:controller:clusterrole-aggregation-controller",
    "system:controller:clusterrole-aggregation-controller",
    "kube-system/clusterrole-aggregation-controller",
  ),
  bind(
    "system:controller:cronjob-controller",
    "system:controller:cronjob-controller",
    "kube-system/cronjob-controller",
  ),
  bind(
    "system:controller:daemon-set-controller",
    "system:controller:daemon-set-controller",
    "kube-system/daemon-set-controller",
  ),
  bind(
    "system:controller:deployment-controller",
    "system:controller:deployment-controller",
    "kube-system/deployment-controller",
  ),
  bind(
    "system:controller:device-taint-eviction-controller",
    "system:controller:device-taint-eviction-controller",
    "kube-system/device-taint-eviction-controller",
  ),
  bind(
    "system:controller:disruption-controller",
    "system:controller:disruption-controller",
    "kube-system/disruption-controller",
  ),
  bind(
    "system:controller:endpoint-controller",
    "system:controller:endpoint-controller",
    "kube-system/endpoint-controller",
  ),
  bind(
    "system:controller:endpointslice-controller",
    "system:controller:endpointslice-controller",
    "kube-system/endpointslice-controller",
  ),
  bind(
    "system:controller:endpointslicemirroring-controller",
    "system:controller:endpointslicemirroring-controller",
    "kube-system/endpointslicemirroring-controller",
  ),
  bind(
    "system:controller:ephemeral-volume-controller",
    "system:controller:ephemeral-volume-controller",
    "kube-system/ephemeral-volume-controller",
  ),
  bind("system:controller:expand-controller", "system:controller:expand-controller", "kube-system/expand-controller"),
  bind(
    "system:controller:generic-garbage-collector",
    "system:controller:generic-garbage-collector",
    "kube-system/generic-garbage-collector",
  ),
  bind(
    "system:controller:horizontal-pod-autoscaler",
    "system:controller:horizontal-pod-autoscaler",
    "kube-system/horizontal-pod-autoscaler",
  ),
  bind("system:controller:job-controller", "system:controller:job-controller", "kube-system/job-controller"),
  bind(
    "system:controller:legacy-service-account-token-cleaner",
    "system:controller:legacy-service-account-token-cleaner",
    "kube-system/legacy-service-account-token-cleaner",
  ),
  bind(
    "system:controller:namespace-controller",
    "system:controller:namespace-controller",
    "kube-system/namespace-controller",
  ),
  bind("system:controller:node-controller", "system:controller:node-controller", "kube-system/node-controller"),
  bind(
    "system:controller:persistent-volume-binder",
    "system:controller:persistent-volume-binder",
    "kube-system/persistent-volume-binder",
  ),
  bind(
    "system:controller:pod-garbage-collector",
    "system:controller:pod-garbage-collector",
    "kube-system/pod-garbage-collector",
  ),
  bind(
    "system:controller:pv-protection-controller",
    "system:controller:pv-protection-controller",
    "kube-system/pv-protection-controller",
  ),
  bind(
    "system:controller:pvc-protection-controller",
    "system:controller:pvc-protection-controller",
    "kube-system/pvc-protection-controller",
  ),
  bind(
    "system:controller:replicaset-controller",
    "system:controller:replicaset-controller",
    "kube-system/replicaset-controller",
  ),
  bind(
    "system:controller:replication-controller",
    "system:controller:replication-controller",
    "kube-system/replication-controller",
  ),
  bind(
    "system:controller:resource-claim-controller",
    "system:controller:resource-claim-controller",
    "kube-system/resource-claim-controller",
  ),
  bind(
    "system:controller:resourcequota-controller",
    "system:controller:resourcequota-controller",
    "kube-system/resourcequota-controller",
  ),
  bind(
    "system:controller:root-ca-cert-publisher",
    "system:controller:root-ca-cert-publisher",
    "kube-system/root-ca-cert-publisher",
  ),
  bind("system:controller:route-controller", "system:controller:route-controller", "kube-system/route-controller"),
  bind(
    "system:controller:selinux-warning-controller",
    "system:controller:selinux-warning-controller",
    "kube-system/selinux-warning-controller",
  ),
  bind(
    "system:controller:service-account-controller",
    "system:controller:service-account-controller",
    "kube-system/service-account-controller",
  ),
  bind(
    "system:controller:service-cidrs-controller",
    "system:controller:service-cidrs-controller",
    "kube-system/service-cidrs-controller",
  ),
  bind(
    "system:controller:service-controller",
    "system:controller:service-controller",
    "kube-system/service-controller",
  ),
  bind(
    "system:controller:statefulset-controller",
    "system:controller:statefulset-controller",
    "kube-system/statefulset-controller",
  ),
  bind(
    "system:controller:ttl-after-finished-controller",
    "system:controller:ttl-after-finished-controller",
    "kube-system/ttl-after-finished-controller",
  ),
  bind("system:controller:ttl-controller", "system:controller:ttl-controller", "kube-system/ttl-controller"),
  bind(
    "system:controller:validatingadmissionpolicy-status-controller",
    "system:controller:validatingadmissionpolicy-status-controller",
    "kube-system/validatingadmissionpolicy-status-controller",
  ),
  bind(
    "system:controller:volumeattributesclass-protection-controller",
    "system:controller:volumeattributesclass-protection-controller",
    "kube-system/volumeattributesclass-protection-controller",
  ),
  bind("system:discovery", "system:discovery", "Group system:authenticated"),
  bind("system:kube-controller-manager", "system:kube-controller-manager", "User system:kube-controller-manager"),
  bind("system:kube-dns", "system:kube-dns", "kube-system/kube-dns"),
  bind("system:kube-scheduler", "system:kube-scheduler", "User system:kube-scheduler"),
  bind("system:monitoring", "system:monitoring", "Group system:monitoring"),
  bind("system:node", "system:node"),
  bind("system:node-proxier", "system:node-proxier", "User system:kube-proxy"),
  bind(
    "system:public-info-viewer",
    "system:public-info-viewer",
    "Group system:authenticated",
    "Group system:unauthenticated",
  ),
  bind(
    "system:service-account-issuer-discovery",
    "system:service-account-issuer-discovery",
    "Group system:serviceaccounts",
  ),
  bind("system:volume-scheduler", "system:volume-scheduler", "User system:kube-scheduler"),
];

export const defaultRoleBindings: readonly BindingFacts[] = [
  {
    ...bind("system:controller:bootstrap-signer", "system:controller:bootstrap-signer", "kube-system/bootstrap-signer"),
    namespace: "kube-public",
    roleKind: "Role",
  },
  {
    ...bind(
      "system::extension-apiserver-authentication-reader",
      "extension-apiserver-authentication-reader",
      "User system:kube-controller-manager",
      "User system:kube-scheduler",
    ),
    namespace: "kube-system",
    roleKind: "Role",
  },
  {
    ...bind(
      "system::leader-locking-kube-controller-manager",
      "system::leader-locking-kube-controller-manager",
      "User system:kube-controller-manager",
      "kube-system/kube-controller-manager",
      "kube-system/leader-election-controller",
    ),
    namespace: "kube-system",
    roleKind: "Role",
  },
  {
    ...bind(
      "system::leader-locking-kube-scheduler",
      "system::leader-locking-kube-scheduler",
      "User system:kube-scheduler",
      "kube-system/kube-scheduler",
    ),
    namespace: "kube-system",
    roleKind: "Role",
  },
  {
    ...bind("system:controller:bootstrap-signer", "system:controller:bootstrap-signer", "kube-system/bootstrap-signer"),
    namespace: "kube-system",
    roleKind: "Role",
  },
  {
    ...bind("system:controller:cloud-provider", "system:controller:cloud-provider", "kube-system/cloud-provider"),
    namespace: "kube-system",
    roleKind: "Role",
  },
  {
    ...bind("system:controller:token-cleaner", "system:controller:token-cleaner", "kube-system/token-cleaner"),
    namespace: "kube-system",
    roleKind: "Role",
  },
];
