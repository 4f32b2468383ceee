import type {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Endpoints,
  Event,
  KubeObject,
  Lease,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
} from "@bulkhead/api";
import type { Resource } from "./types.ts";

function row<T extends KubeObject>(
  group: string,
  version: string,
  resource: string,
  kind: string,
  namespaced: boolean,
): Resource<T> {
  return Object.freeze({ group, version, resource, kind, namespaced });
}

const namespaced = <T extends KubeObject>(group: string, version: string, resource: string, kind: string) =>
  row<T>(group, version, resource, kind, true);
const cluster = <T extends KubeObject>(group: string, version: string, resource: string, kind: string) =>
  row<T>(group, version, resource, kind, false);

/** The well-known resources, typed: `client.get(resources.pods, { namespace, name })` answers a Pod. */
export const resources = {
  namespaces: cluster<Namespace>("", "v1", "namespaces", "Namespace"),
  nodes: cluster<Node>("", "v1", "nodes", "Node"),
  pods: namespaced<Pod>("", "v1", "pods", "Pod"),
  services: namespaced<Service>("", "v1", "services", "Service"),
  endpoints: namespaced<Endpoints>("", "v1", "endpoints", "Endpoints"),
  configMaps: namespaced<ConfigMap>("", "v1", "configmaps", "ConfigMap"),
  secrets: namespaced<Secret>("", "v1", "secrets", "Secret"),
  serviceAccounts: namespaced<ServiceAccount>("", "v1", "serviceaccounts", "ServiceAccount"),
  events: namespaced<Event>("", "v1", "events", "Event"),
  persistentVolumes: cluster<PersistentVolume>("", "v1", "persistentvolumes", "PersistentVolume"),
  persistentVolumeClaims: namespaced<PersistentVolumeClaim>(
    "",
    "v1",
    "persistentvolumeclaims",
    "PersistentVolumeClaim",
  ),
  replicationControllers: namespaced<ReplicationController>(
    "",
    "v1",
    "replicationcontrollers",
    "ReplicationController",
  ),
  deployments: namespaced<Deployment>("apps", "v1", "deployments", "Deployment"),
  replicaSets: namespaced<ReplicaSet>("apps", "v1", "replicasets", "ReplicaSet"),
  statefulSets: namespaced<StatefulSet>("apps", "v1", "statefulsets", "StatefulSet"),
  daemonSets: namespaced<DaemonSet>("apps", "v1", "daemonsets", "DaemonSet"),
  cronJobs: namespaced<CronJob>("batch", "v1", "cronjobs", "CronJob"),
  controllerRevisions: namespaced<ControllerRevision>("apps", "v1", "controllerrevisions", "ControllerRevision"),
  leases: namespaced<Lease>("coordination.k8s.io", "v1", "leases", "Lease"),
  endpointSlices: namespaced<EndpointSlice>("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
  networkPolicies: namespaced<NetworkPolicy>("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
  podDisruptionBudgets: namespaced<PodDisruptionBudget>("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
  roles: namespaced<Role>("rbac.authorization.k8s.io", "v1", "roles", "Role"),
  roleBindings: namespaced<RoleBinding>("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
  clusterRoles: cluster<ClusterRole>("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole"),
  clusterRoleBindings: cluster<ClusterRoleBinding>(
    "rbac.authorization.k8s.io",
    "v1",
    "clusterrolebindings",
    "ClusterRoleBinding",
  ),
} as const;

/** A resource that has no constant of its own: custom ones, or what discovery found. */
export const resourceOf = <T extends KubeObject = KubeObject>(init: {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}): Resource<T> => row<T>(init.group, init.version, init.resource, init.kind, init.namespaced);
