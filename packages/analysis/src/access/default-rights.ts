import type { ObjectRef, PolicyRule, RbacSubject } from "@bulkhead/api";
import type { PowerId } from "./powers.ts";

/**
 * What the roles that every cluster has give by themselves (upstream 1.36's and Bulkhead's own). Only these powers of
 * these roles go without saying: one that somebody added is judged like any other.
 */
const powersByRole: Readonly<Record<string, readonly PowerId[]>> = {
  "ClusterRole admin": [],
  "ClusterRole cluster-admin": ["everything", "any-path"],
  "ClusterRole edit": [],
  "ClusterRole registry-admin": ["images-pushed"],
  "ClusterRole registry-pusher": ["images-pushed"],
  "ClusterRole system:aggregate-to-admin": ["roles-changed"],
  "ClusterRole system:aggregate-to-edit": [
    "secrets",
    "exec",
    "proxy",
    "impersonate-accounts",
    "workloads",
    "secrets-written",
    "system-config",
    "tokens",
    "events",
    "network-policies",
    "leases",
  ],
  "ClusterRole system:bulkhead:edit-images": ["update-policies"],
  "ClusterRole system:bulkhead:image-scanner": ["image-reports"],
  "ClusterRole system:certificates.k8s.io:kube-apiserver-client-approver": ["certificates"],
  "ClusterRole system:certificates.k8s.io:kube-apiserver-client-kubelet-approver": ["certificates"],
  "ClusterRole system:controller:attachdetach-controller": ["node-status"],
  "ClusterRole system:controller:certificate-controller": ["certificates"],
  "ClusterRole system:controller:clusterrole-aggregation-controller": ["escalate"],
  "ClusterRole system:controller:cronjob-controller": ["workloads"],
  "ClusterRole system:controller:daemon-set-controller": ["workloads"],
  "ClusterRole system:controller:deployment-controller": ["workloads"],
  "ClusterRole system:controller:disruption-controller": ["loose"],
  "ClusterRole system:controller:endpoint-controller": ["endpoints"],
  "ClusterRole system:controller:endpointslice-controller": ["endpoints"],
  "ClusterRole system:controller:endpointslicemirroring-controller": ["endpoints"],
  "ClusterRole system:controller:generic-garbage-collector": ["any-resource"],
  "ClusterRole system:controller:horizontal-pod-autoscaler": ["loose"],
  "ClusterRole system:controller:image-update-controller": ["workloads", "images-pushed"],
  "ClusterRole system:controller:job-controller": ["workloads"],
  "ClusterRole system:controller:legacy-service-account-token-cleaner": ["secrets-written"],
  "ClusterRole system:controller:namespace-controller": ["any-resource"],
  "ClusterRole system:controller:node-controller": ["nodes", "node-status"],
  "ClusterRole system:controller:persistent-volume-binder": ["volumes", "workloads"],
  "ClusterRole system:controller:replicaset-controller": ["workloads"],
  "ClusterRole system:controller:replication-controller": ["workloads"],
  "ClusterRole system:controller:resourcequota-controller": ["any-resource"],
  "ClusterRole system:controller:root-ca-cert-publisher": ["system-config"],
  "ClusterRole system:controller:route-controller": ["node-status"],
  "ClusterRole system:controller:service-controller": ["service-status"],
  "ClusterRole system:controller:statefulset-controller": ["workloads"],
  "ClusterRole system:controller:ttl-controller": ["nodes"],
  "ClusterRole system:kube-controller-manager": ["secrets-written", "secrets", "any-resource", "tokens"],
  "ClusterRole system:kubelet-api-admin": ["any-verb", "loose"],
  "ClusterRole system:node": ["nodes", "node-status", "workloads", "secrets", "leases", "tokens"],
  "ClusterRole system:node-problem-detector": ["node-status"],
  "ClusterRole system:persistent-volume-provisioner": ["volumes"],
  "Role kube-system/system::leader-locking-kube-controller-manager": ["leases"],
  "Role kube-system/system::leader-locking-kube-scheduler": ["leases"],
  "Role kube-system/system:controller:bootstrap-signer": ["secrets"],
  "Role kube-system/system:controller:token-cleaner": ["secrets"],
};

export const isDefaultPower = (roleKey: string, id: PowerId): boolean => powersByRole[roleKey]?.includes(id) === true;

/** Made to be bound by whoever runs the part that needs it. */
const forOthers: ReadonlySet<string> = new Set([
  "ClusterRole system:node-problem-detector",
  "ClusterRole system:persistent-volume-provisioner",
]);

/** A role of the cluster's own parts that leads further and is meant for them alone. */
export const isPartsRole = (roleKey: string): boolean =>
  roleKey.includes("system:") && (powersByRole[roleKey]?.length ?? 0) > 0 && !forOthers.has(roleKey);

const edit: readonly PowerId[] = [
  ...(powersByRole["ClusterRole system:aggregate-to-edit"] ?? []),
  "ephemeral-containers",
  "port-forward",
  "update-policies",
  "images-pushed",
];

/** What those who hold the aggregated roles have anyway. */
export const aggregated: Readonly<Record<"view" | "edit" | "admin", readonly PowerId[]>> = {
  view: [],
  edit,
  admin: [...edit, "roles-changed"],
};

const subjectText = ({ kind, namespace, name }: RbacSubject): string =>
  kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : `${kind} ${name}`;

/** Bindings that every cluster has, those of controllers apart: binding, role and subject. */
const defaultGrants: ReadonlySet<string> = new Set([
  "cluster-admin cluster-admin Group system:masters",
  "kubeadm:cluster-admins cluster-admin Group kubeadm:cluster-admins",
  "system:basic-user system:basic-user Group system:authenticated",
  "system:discovery system:discovery Group system:authenticated",
  "system:public-info-viewer system:public-info-viewer Group system:authenticated",
  "system:public-info-viewer system:public-info-viewer Group system:unauthenticated",
  "system:service-account-issuer-discovery system:service-account-issuer-discovery Group system:serviceaccounts",
  "system:kube-dns system:kube-dns kube-system/kube-dns",
  "system::leader-locking-kube-controller-manager system::leader-locking-kube-controller-manager kube-system/kube-controller-manager",
  "system::leader-locking-kube-controller-manager system::leader-locking-kube-controller-manager kube-system/leader-election-controller",
  "system::leader-locking-kube-scheduler system::leader-locking-kube-scheduler kube-system/kube-scheduler",
  "system:bulkhead:brief-secret system:bulkhead:brief-secret kube-system/brief-schedule-controller",
  "system:bulkhead:currency system:bulkhead:currency kube-system/bulkhead-currency",
  "system:bulkhead:image-scanner system:bulkhead:image-scanner kube-system/bulkhead-image-scanner",
  "system:bulkhead:network system:bulkhead:network kube-system/bulkhead-network",
  "system:bulkhead:pull-credential system:bulkhead:pull-credential User system:serviceaccount:kube-system:image-update-controller",
  "system:bulkhead:registry-client system:bulkhead:registry-client Group system:authenticated",
]);

const controllers = "system:controller:";

/** Whether every cluster has this binding of this role to this subject (with its namespace filled in). */
export const isDefaultGrant = (binding: ObjectRef, role: string, subject: RbacSubject): boolean =>
  defaultGrants.has(`${binding.name} ${role} ${subjectText(subject)}`) ||
  (binding.name === role &&
    role.startsWith(controllers) &&
    subjectText(subject) === `kube-system/${role.slice(controllers.length)}`);

const readsPods: readonly PolicyRule[] = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
const readsSecrets: readonly PolicyRule[] = [{ verbs: ["get"], apiGroups: [""], resources: ["secrets"] }];
const least: Readonly<Record<string, readonly PolicyRule[]>> = {
  "cluster-admin": [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  admin: readsSecrets,
  edit: readsSecrets,
  view: readsPods,
  "system:node": readsSecrets,
  "system:kube-controller-manager": readsSecrets,
  "system:basic-user": [],
  "system:discovery": [],
  "system:public-info-viewer": [],
  "system:service-account-issuer-discovery": [],
};

/** What extension API servers are bound to, to know whose word to take for who asks. */
const authenticationReader = "extension-apiserver-authentication-reader";
const readsAuthentication: readonly PolicyRule[] = [
  {
    verbs: ["get", "list", "watch"],
    apiGroups: [""],
    resources: ["configmaps"],
    resourceNames: ["extension-apiserver-authentication"],
  },
];

/** What a role that every cluster has gives at least, for manifests that bind it and do not hold it. */
export function leastRules({ kind, namespace, name }: ObjectRef): readonly PolicyRule[] | undefined {
  if (kind === "Role")
    return namespace === "kube-system" && name === authenticationReader ? readsAuthentication : undefined;
  return kind === "ClusterRole" ? (least[name] ?? (name.startsWith("system:") ? readsPods : undefined)) : undefined;
}

export const aggregationLabel = (target: string): string => `rbac.authorization.k8s.io/aggregate-to-${target}`;

/** Which of the roles that gather others take a ClusterRole with these labels over, the weakest first. */
export const aggregationTargets = (
  labels: Readonly<Record<string, string>> | undefined,
): readonly (keyof typeof aggregated)[] =>
  (["view", "edit", "admin"] as const).filter((target) => labels?.[aggregationLabel(target)] === "true");
