import type {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CronJob,
  DaemonSet,
  Deployment,
  Exception,
  ImageReport,
  ImageTrustPolicy,
  Ingress,
  Job,
  KubeObject,
  LimitRange,
  MutatingWebhookConfiguration,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PostureControl,
  ReplicaSet,
  ReplicationController,
  ResourceQuota,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
  UpdatePolicy,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from "@bulkhead/api";
import type { AuditFacts, BackupFacts, ControlPlaneFacts, NodeFacts, RegistryFacts } from "./facts.ts";

/** A kind of object in a snapshot: its group and kind whatever the version; core kinds by their kind alone. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** `Pod`, `apps/Deployment`, `security.bulkhead.dev/Exception`. */
  readonly key: string;
  readonly namespaced: boolean;
  /** Only a type: what objects of it are. */
  readonly of?: T;
}

const namespaced = <T extends KubeObject>(key: string): Kind<T> => ({ key, namespaced: true });
const cluster = <T extends KubeObject>(key: string): Kind<T> => ({ key, namespaced: false });

const rbac = "rbac.authorization.k8s.io";
const security = "security.bulkhead.dev";
const facts = "facts.bulkhead.dev";

/** The kinds that controls look at. */
export const kinds = {
  pod: namespaced<Pod>("Pod"),
  deployment: namespaced<Deployment>("apps/Deployment"),
  replicaSet: namespaced<ReplicaSet>("apps/ReplicaSet"),
  statefulSet: namespaced<StatefulSet>("apps/StatefulSet"),
  daemonSet: namespaced<DaemonSet>("apps/DaemonSet"),
  job: namespaced<Job>("batch/Job"),
  cronJob: namespaced<CronJob>("batch/CronJob"),
  replicationController: namespaced<ReplicationController>("ReplicationController"),
  namespace: cluster<Namespace>("Namespace"),
  node: cluster<Node>("Node"),
  service: namespaced<Service>("Service"),
  configMap: namespaced<ConfigMap>("ConfigMap"),
  secret: namespaced<Secret>("Secret"),
  serviceAccount: namespaced<ServiceAccount>("ServiceAccount"),
  persistentVolume: cluster<PersistentVolume>("PersistentVolume"),
  persistentVolumeClaim: namespaced<PersistentVolumeClaim>("PersistentVolumeClaim"),
  resourceQuota: namespaced<ResourceQuota>("ResourceQuota"),
  limitRange: namespaced<LimitRange>("LimitRange"),
  ingress: namespaced<Ingress>("networking.k8s.io/Ingress"),
  networkPolicy: namespaced<NetworkPolicy>("networking.k8s.io/NetworkPolicy"),
  podDisruptionBudget: namespaced<PodDisruptionBudget>("policy/PodDisruptionBudget"),
  storageClass: cluster<StorageClass>("storage.k8s.io/StorageClass"),
  role: namespaced<Role>(`${rbac}/Role`),
  roleBinding: namespaced<RoleBinding>(`${rbac}/RoleBinding`),
  clusterRole: cluster<ClusterRole>(`${rbac}/ClusterRole`),
  clusterRoleBinding: cluster<ClusterRoleBinding>(`${rbac}/ClusterRoleBinding`),
  validatingWebhook: cluster<ValidatingWebhookConfiguration>(
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  ),
  mutatingWebhook: cluster<MutatingWebhookConfiguration>("admissionregistration.k8s.io/MutatingWebhookConfiguration"),
  validatingPolicy: cluster<ValidatingAdmissionPolicy>("admissionregistration.k8s.io/ValidatingAdmissionPolicy"),
  validatingPolicyBinding: cluster<ValidatingAdmissionPolicyBinding>(
    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  ),
  exception: namespaced<Exception>(`${security}/Exception`),
  imageTrustPolicy: cluster<ImageTrustPolicy>(`${security}/ImageTrustPolicy`),
  imageReport: cluster<ImageReport>(`${security}/ImageReport`),
  updatePolicy: namespaced<UpdatePolicy>(`${security}/UpdatePolicy`),
  postureControl: cluster<PostureControl>(`${security}/PostureControl`),
  controlPlaneFacts: cluster<ControlPlaneFacts>(`${facts}/ControlPlaneFacts`),
  nodeFacts: cluster<NodeFacts>(`${facts}/NodeFacts`),
  registryFacts: cluster<RegistryFacts>(`${facts}/RegistryFacts`),
  backupFacts: cluster<BackupFacts>(`${facts}/BackupFacts`),
  auditFacts: cluster<AuditFacts>(`${facts}/AuditFacts`),
} as const;

/** What makes pods, the pod itself included; see `workloads` for those that are judged. */
export const workloadKinds: readonly Kind[] = [
  kinds.pod,
  kinds.deployment,
  kinds.replicaSet,
  kinds.statefulSet,
  kinds.daemonSet,
  kinds.job,
  kinds.cronJob,
  kinds.replicationController,
];

/** What no object of the API says: see `facts.ts`. */
export const factsKinds: readonly Kind[] = [
  kinds.controlPlaneFacts,
  kinds.nodeFacts,
  kinds.registryFacts,
  kinds.backupFacts,
  kinds.auditFacts,
];

/** `apps/Deployment` of an object; `Pod` of a core one. */
export const kindKeyOf = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string => {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? kind : `${apiVersion.slice(0, slash)}/${kind}`;
};
