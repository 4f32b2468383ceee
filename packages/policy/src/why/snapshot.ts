import type {
  ClusterRole,
  ClusterRoleBinding,
  Exception,
  ImageTrustPolicy,
  KubeObject,
  Namespace,
  NetworkPolicy,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Role,
  RoleBinding,
  Service,
} from "@bulkhead/api";
import { normaliseExceptions } from "../exception/exceptions.ts";
import { normaliseImages } from "../image/rule-set.ts";
import type { NetworkFacts } from "../network/input.ts";
import { normaliseNetwork } from "../network/normalise.ts";
import type { NetworkRuleSet } from "../network/rule-set.ts";
import { type NodeRuleSet, normaliseNode } from "../node/node-authorizer.ts";
import type { NodePolicy } from "../node-policy/node-policy.ts";
import { normalisePodSecurity } from "../pod-security/evaluate.ts";
import type { PodSecurityLevel } from "../pod-security/level.ts";
import { normaliseRbac, type RbacRuleSet } from "../rbac/normalise.ts";
import type { WorkloadRules } from "../workload/judge.ts";

/** Objects as they are at one moment (or stand in a manifest), and what else the deciders need to know. */
export interface Snapshot {
  readonly objects: readonly KubeObject[];
  readonly facts: SnapshotFacts;
}

export interface SnapshotFacts extends NetworkFacts {
  readonly defaults: "bulkhead" | "kubernetes";
  /** The level of a namespace without labels. */
  readonly podSecurityDefault: PodSecurityLevel;
  /** The node's policy file as it is now, where it can be read. */
  readonly node?: NodePolicy;
  /** Resources of which `objects` holds all there are (`secrets`, `configmaps` …): absent ones are warned about. */
  readonly complete?: ReadonlySet<string>;
}

const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

/** The objects of one kind. */
export const ofKind = <T extends KubeObject>({ objects }: Snapshot, group: string, kind: string): T[] =>
  objects.filter((o): o is T => o.kind === kind && groupOf(o.apiVersion) === group);

const rbac = "rbac.authorization.k8s.io";
const security = "security.bulkhead.dev";

export const podsIn = (s: Snapshot): Pod[] => ofKind<Pod>(s, "", "Pod");
export const servicesIn = (s: Snapshot): Service[] => ofKind<Service>(s, "", "Service");

export const rbacRules = (s: Snapshot): RbacRuleSet =>
  normaliseRbac({
    roles: ofKind<Role>(s, rbac, "Role"),
    clusterRoles: ofKind<ClusterRole>(s, rbac, "ClusterRole"),
    roleBindings: ofKind<RoleBinding>(s, rbac, "RoleBinding"),
    clusterRoleBindings: ofKind<ClusterRoleBinding>(s, rbac, "ClusterRoleBinding"),
  });

export const nodeRules = (s: Snapshot): NodeRuleSet =>
  normaliseNode({
    pods: podsIn(s),
    claims: ofKind<PersistentVolumeClaim>(s, "", "PersistentVolumeClaim"),
    volumes: ofKind<PersistentVolume>(s, "", "PersistentVolume"),
    rules: ofKind<ClusterRole>(s, rbac, "ClusterRole").find((r) => r.metadata.name === "system:node")?.rules ?? [],
  });

export const networkRules = (s: Snapshot): NetworkRuleSet =>
  normaliseNetwork({
    pods: podsIn(s),
    namespaces: ofKind<Namespace>(s, "", "Namespace"),
    policies: ofKind<NetworkPolicy>(s, "networking.k8s.io", "NetworkPolicy"),
    exceptions: ofKind<Exception>(s, security, "Exception"),
    facts: s.facts,
  });

const kinds = {
  secrets: "Secret",
  configmaps: "ConfigMap",
  persistentvolumeclaims: "PersistentVolumeClaim",
  serviceaccounts: "ServiceAccount",
} as const;

export function workloadRules(s: Snapshot): WorkloadRules {
  const { facts } = s;
  const namespaces = ofKind<Namespace>(s, "", "Namespace");
  const exceptions = normaliseExceptions(ofKind<Exception>(s, security, "Exception"), facts.now);
  return {
    podSecurity: normalisePodSecurity({ namespaces, exceptions, defaults: facts.podSecurityDefault }),
    images: normaliseImages({
      policies: ofKind<ImageTrustPolicy>(s, security, "ImageTrustPolicy"),
      namespaces,
      exceptions,
    }),
    defaults: facts.defaults,
    ...(facts.node === undefined ? {} : { node: facts.node }),
    references: (resource, namespace, name) => {
      const found = s.objects.some(
        (o) => o.kind === kinds[resource] && o.metadata.name === name && o.metadata.namespace === namespace,
      );
      return found || (facts.complete?.has(resource) === true ? false : undefined);
    },
  };
}
