/** An API version of Kubernetes that goes or is gone, by its minor releases (`1.x` as x). */
export interface ApiVersionRow {
  readonly apiVersion: string;
  /** Kinds; `*`: all of that version that no other row names. */
  readonly kinds: readonly string[];
  readonly deprecated: number;
  /** The first release that has it, where manifests for older ones are still written. */
  readonly since?: number;
  /** The first release that does not serve it; absent: deprecated, and no end is set. */
  readonly removed?: number;
  /** What stands in its place; absent: nothing does. */
  readonly instead?: string;
  /** From which release on that can be used. */
  readonly insteadSince?: number;
}

/**
 * Facts of the deprecated API migration guide of Kubernetes' documentation, and of the life cycles that its newer beta
 * types declare (deprecated three releases after they came, removed after six). Up to 1.40.
 */
export const apiVersionTable: readonly ApiVersionRow[] = [
  // 1.16
  {
    apiVersion: "extensions/v1beta1",
    kinds: ["Deployment", "DaemonSet", "ReplicaSet"],
    deprecated: 8,
    removed: 16,
    instead: "apps/v1",
    insteadSince: 9,
  },
  {
    apiVersion: "extensions/v1beta1",
    kinds: ["NetworkPolicy"],
    deprecated: 9,
    removed: 16,
    instead: "networking.k8s.io/v1",
    insteadSince: 8,
  },
  { apiVersion: "extensions/v1beta1", kinds: ["PodSecurityPolicy"], deprecated: 10, removed: 16 },
  {
    apiVersion: "extensions/v1beta1",
    kinds: ["Ingress"],
    deprecated: 14,
    removed: 22,
    instead: "networking.k8s.io/v1",
    insteadSince: 19,
  },
  { apiVersion: "apps/v1beta1", kinds: ["*"], deprecated: 8, removed: 16, instead: "apps/v1", insteadSince: 9 },
  { apiVersion: "apps/v1beta2", kinds: ["*"], deprecated: 9, removed: 16, instead: "apps/v1", insteadSince: 9 },
  // 1.22
  {
    apiVersion: "admissionregistration.k8s.io/v1beta1",
    kinds: ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    deprecated: 16,
    removed: 22,
    instead: "admissionregistration.k8s.io/v1",
    insteadSince: 16,
  },
  {
    apiVersion: "apiextensions.k8s.io/v1beta1",
    kinds: ["*"],
    deprecated: 16,
    removed: 22,
    instead: "apiextensions.k8s.io/v1",
    insteadSince: 16,
  },
  {
    apiVersion: "apiregistration.k8s.io/v1beta1",
    kinds: ["*"],
    deprecated: 19,
    removed: 22,
    instead: "apiregistration.k8s.io/v1",
    insteadSince: 10,
  },
  {
    apiVersion: "authentication.k8s.io/v1beta1",
    kinds: ["TokenReview"],
    deprecated: 19,
    removed: 22,
    instead: "authentication.k8s.io/v1",
    insteadSince: 6,
  },
  {
    apiVersion: "authorization.k8s.io/v1beta1",
    kinds: ["*"],
    deprecated: 19,
    removed: 22,
    instead: "authorization.k8s.io/v1",
    insteadSince: 6,
  },
  {
    apiVersion: "certificates.k8s.io/v1beta1",
    kinds: ["CertificateSigningRequest"],
    deprecated: 19,
    removed: 22,
    instead: "certificates.k8s.io/v1",
    insteadSince: 19,
  },
  {
    apiVersion: "coordination.k8s.io/v1beta1",
    kinds: ["Lease"],
    deprecated: 19,
    removed: 22,
    instead: "coordination.k8s.io/v1",
    insteadSince: 14,
  },
  {
    apiVersion: "networking.k8s.io/v1beta1",
    kinds: ["Ingress", "IngressClass"],
    deprecated: 19,
    removed: 22,
    instead: "networking.k8s.io/v1",
    insteadSince: 19,
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1beta1",
    kinds: ["*"],
    deprecated: 17,
    removed: 22,
    instead: "rbac.authorization.k8s.io/v1",
    insteadSince: 8,
  },
  {
    apiVersion: "scheduling.k8s.io/v1beta1",
    kinds: ["PriorityClass"],
    deprecated: 14,
    removed: 22,
    instead: "scheduling.k8s.io/v1",
    insteadSince: 14,
  },
  {
    apiVersion: "storage.k8s.io/v1beta1",
    kinds: ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
    deprecated: 19,
    removed: 22,
    instead: "storage.k8s.io/v1",
    insteadSince: 19,
  },
  // 1.25
  {
    apiVersion: "batch/v1beta1",
    kinds: ["CronJob"],
    deprecated: 21,
    removed: 25,
    instead: "batch/v1",
    insteadSince: 21,
  },
  {
    apiVersion: "discovery.k8s.io/v1beta1",
    kinds: ["EndpointSlice"],
    deprecated: 21,
    removed: 25,
    instead: "discovery.k8s.io/v1",
    insteadSince: 21,
  },
  {
    apiVersion: "events.k8s.io/v1beta1",
    kinds: ["Event"],
    deprecated: 22,
    removed: 25,
    instead: "events.k8s.io/v1",
    insteadSince: 19,
  },
  {
    apiVersion: "autoscaling/v2beta1",
    kinds: ["HorizontalPodAutoscaler"],
    deprecated: 22,
    removed: 25,
    instead: "autoscaling/v2",
    insteadSince: 23,
  },
  {
    apiVersion: "policy/v1beta1",
    kinds: ["PodDisruptionBudget"],
    deprecated: 21,
    removed: 25,
    instead: "policy/v1",
    insteadSince: 21,
  },
  { apiVersion: "policy/v1beta1", kinds: ["PodSecurityPolicy"], deprecated: 21, removed: 25 },
  {
    apiVersion: "node.k8s.io/v1beta1",
    kinds: ["RuntimeClass"],
    deprecated: 22,
    removed: 25,
    instead: "node.k8s.io/v1",
    insteadSince: 20,
  },
  // 1.26 to 1.32
  {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1beta1",
    kinds: ["*"],
    deprecated: 23,
    removed: 26,
    instead: "flowcontrol.apiserver.k8s.io/v1",
    insteadSince: 29,
  },
  {
    apiVersion: "autoscaling/v2beta2",
    kinds: ["HorizontalPodAutoscaler"],
    deprecated: 23,
    removed: 26,
    instead: "autoscaling/v2",
    insteadSince: 23,
  },
  {
    apiVersion: "storage.k8s.io/v1beta1",
    kinds: ["CSIStorageCapacity"],
    deprecated: 24,
    removed: 27,
    instead: "storage.k8s.io/v1",
    insteadSince: 24,
  },
  {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1beta2",
    kinds: ["*"],
    deprecated: 26,
    removed: 29,
    instead: "flowcontrol.apiserver.k8s.io/v1",
    insteadSince: 29,
  },
  {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1beta3",
    kinds: ["*"],
    deprecated: 29,
    removed: 32,
    instead: "flowcontrol.apiserver.k8s.io/v1",
    insteadSince: 29,
  },
  // Declared by the types themselves.
  {
    apiVersion: "authentication.k8s.io/v1beta1",
    kinds: ["SelfSubjectReview"],
    since: 27,
    deprecated: 30,
    removed: 33,
    instead: "authentication.k8s.io/v1",
    insteadSince: 28,
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1beta1",
    kinds: ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
    since: 28,
    deprecated: 31,
    removed: 34,
    instead: "admissionregistration.k8s.io/v1",
    insteadSince: 30,
  },
  {
    apiVersion: "networking.k8s.io/v1beta1",
    kinds: ["IPAddress", "ServiceCIDR"],
    since: 31,
    deprecated: 34,
    removed: 37,
    instead: "networking.k8s.io/v1",
    insteadSince: 33,
  },
  {
    apiVersion: "storage.k8s.io/v1beta1",
    kinds: ["VolumeAttributesClass"],
    since: 31,
    deprecated: 34,
    removed: 37,
    instead: "storage.k8s.io/v1",
    insteadSince: 34,
  },
  {
    apiVersion: "resource.k8s.io/v1beta1",
    kinds: ["*"],
    since: 32,
    deprecated: 35,
    removed: 38,
    instead: "resource.k8s.io/v1",
    insteadSince: 34,
  },
  {
    apiVersion: "resource.k8s.io/v1beta2",
    kinds: ["*"],
    since: 33,
    deprecated: 36,
    removed: 39,
    instead: "resource.k8s.io/v1",
    insteadSince: 34,
  },
  { apiVersion: "coordination.k8s.io/v1beta1", kinds: ["LeaseCandidate"], since: 33, deprecated: 36, removed: 39 },
  { apiVersion: "certificates.k8s.io/v1beta1", kinds: ["ClusterTrustBundle"], since: 33, deprecated: 36, removed: 39 },
  // Without an end.
  { apiVersion: "v1", kinds: ["ComponentStatus"], deprecated: 19 },
  {
    apiVersion: "v1",
    kinds: ["Endpoints"],
    deprecated: 33,
    instead: "discovery.k8s.io/v1 EndpointSlice",
    insteadSince: 21,
  },
];
