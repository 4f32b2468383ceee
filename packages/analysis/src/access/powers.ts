import type { Severity } from "../posture/control.ts";

/** Requests that a power consists of: any one of them is enough. */
export interface Ask {
  readonly verbs: readonly string[];
  /** `pods`, `pods/exec`. */
  readonly resources: readonly string[];
  readonly groups: readonly string[];
  /** Objects of which one is enough; "" stands for all of them. */
  readonly names: readonly string[];
}

/** Something that a right lets its holder do and that leads further than the right says. */
export interface Power {
  /** After "may": `read every Secret`. */
  readonly may: string;
  readonly severity: Severity;
  /** Where it holds in every namespace, where that is worse. */
  readonly everywhere?: Severity;
  /** `cluster`: about the cluster's own objects, so that a RoleBinding gives nothing of it. */
  readonly reach: "cluster" | "namespace";
  /** Only in these namespaces does it lead anywhere. */
  readonly onlyIn?: readonly string[];
  /** Whoever has one of these by the same rule has it anyway. */
  readonly within?: readonly string[];
  readonly asks: readonly Ask[];
}

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";
const write = ["create", "update", "patch"];
const change = ["update", "patch"];
const unmake = [...write, "delete", "deletecollection"];

/** Verbs, resources and groups; `names` where some objects are worth as much as all. */
const ask = (
  verbs: readonly string[],
  resources: readonly string[],
  groups: readonly string[] = [""],
  names: readonly string[] = [],
): Ask => ({ verbs, resources, groups, names: ["", ...names] });

/** The configuration that every cluster's own parts read from kube-system. */
const systemConfigMaps = ["coredns", "kube-proxy", "kubeadm-config", "extension-apiserver-authentication", "aws-auth"];

/** Every primitive of escalation that we know, by an identifier that stays. Requests are put to the access decider. */
export const powers = {
  everything: {
    may: "do everything with everything",
    severity: "high",
    everywhere: "critical",
    reach: "namespace",
    asks: [],
  },
  "any-resource": {
    may: "reach every kind of object, Secrets and kinds that do not exist yet among them",
    severity: "high",
    everywhere: "critical",
    reach: "namespace",
    asks: [],
  },
  "any-verb": {
    may: "use every verb, also those that lift other rules",
    severity: "medium",
    everywhere: "high",
    reach: "namespace",
    asks: [],
  },
  "any-path": {
    may: "request every path of the API server that is no object",
    severity: "medium",
    reach: "cluster",
    asks: [],
  },
  loose: { may: "do more than the rule has to say", severity: "low", reach: "namespace", asks: [] },
  escalate: {
    may: "write roles that hold more than its own rights",
    severity: "high",
    everywhere: "critical",
    reach: "namespace",
    asks: [ask(["escalate"], ["roles", "clusterroles"], [rbac])],
  },
  bind: {
    may: "give itself roles that it does not hold",
    severity: "high",
    everywhere: "critical",
    reach: "namespace",
    within: ["escalate"],
    asks: [ask(["bind"], ["roles", "clusterroles"], [rbac], ["cluster-admin", "admin", "edit"])],
  },
  impersonate: {
    may: "act as any user or group",
    severity: "critical",
    reach: "cluster",
    asks: [ask(["impersonate"], ["users", "groups"], [""], ["system:masters", "kubeadm:cluster-admins"])],
  },
  "impersonate-accounts": {
    may: "act as any service account",
    severity: "medium",
    everywhere: "high",
    reach: "namespace",
    within: ["impersonate"],
    asks: [ask(["impersonate"], ["serviceaccounts"])],
  },
  "impersonate-extras": {
    may: "claim any user's extra attributes or uid while impersonating",
    severity: "low",
    reach: "cluster",
    within: ["impersonate"],
    asks: [ask(["impersonate"], ["uids", "userextras", "userextras/*"], ["authentication.k8s.io"])],
  },
  "node-proxy": {
    may: "run commands in every pod through the nodes' kubelets",
    severity: "critical",
    reach: "cluster",
    asks: [ask(["get", ...unmake], ["nodes/proxy"])],
  },
  secrets: {
    may: "read every Secret",
    severity: "medium",
    everywhere: "critical",
    reach: "namespace",
    asks: [ask(["get", "list", "watch"], ["secrets"])],
  },
  "secrets-written": {
    may: "write Secrets",
    severity: "medium",
    reach: "namespace",
    within: ["secrets"],
    asks: [ask(write, ["secrets"])],
  },
  tokens: {
    may: "make tokens of every service account",
    severity: "medium",
    everywhere: "critical",
    reach: "namespace",
    asks: [ask(["create"], ["serviceaccounts/token"])],
  },
  workloads: {
    may: "run pods of its own making under every service account",
    severity: "medium",
    everywhere: "critical",
    reach: "namespace",
    asks: [
      ask(write, ["pods", "replicationcontrollers"]),
      ask(write, ["deployments", "daemonsets", "statefulsets", "replicasets"], ["apps"]),
      ask(write, ["jobs", "cronjobs"], ["batch"]),
    ],
  },
  exec: {
    may: "run commands inside pods",
    severity: "medium",
    everywhere: "high",
    reach: "namespace",
    asks: [ask(["create", "get"], ["pods/exec", "pods/attach"])],
  },
  "ephemeral-containers": {
    may: "put containers of its own into running pods",
    severity: "medium",
    everywhere: "high",
    reach: "namespace",
    within: ["exec"],
    asks: [ask(change, ["pods/ephemeralcontainers"])],
  },
  "port-forward": {
    may: "open connections to every port of pods",
    severity: "medium",
    reach: "namespace",
    within: ["exec"],
    asks: [ask(["create", "get"], ["pods/portforward"])],
  },
  proxy: {
    may: "send requests to pods and Services through the API server",
    severity: "medium",
    reach: "namespace",
    asks: [ask(["get", ...unmake], ["pods/proxy", "services/proxy"])],
  },
  "roles-changed": {
    may: "change roles and bindings",
    severity: "medium",
    reach: "namespace",
    within: ["escalate", "bind"],
    asks: [ask(write, ["roles", "rolebindings", "clusterroles", "clusterrolebindings"], [rbac])],
  },
  certificates: {
    may: "approve or sign client certificates",
    severity: "critical",
    reach: "cluster",
    asks: [
      ask(
        ["approve", "sign"],
        ["signers"],
        ["certificates.k8s.io"],
        ["kubernetes.io/*", "kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet"],
      ),
    ],
  },
  webhooks: {
    may: "add, change or remove admission webhooks",
    severity: "critical",
    reach: "cluster",
    asks: [ask(unmake, ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"], [admission])],
  },
  "admission-policies": {
    may: "change or remove admission policies",
    severity: "high",
    reach: "cluster",
    within: ["webhooks"],
    asks: [
      ask(
        unmake,
        [
          "validatingadmissionpolicies",
          "validatingadmissionpolicybindings",
          "mutatingadmissionpolicies",
          "mutatingadmissionpolicybindings",
        ],
        [admission],
      ),
    ],
  },
  apiservices: {
    may: "take over a group of the API",
    severity: "critical",
    reach: "cluster",
    asks: [ask(write, ["apiservices"], ["apiregistration.k8s.io"])],
  },
  "resource-definitions": {
    may: "change or remove definitions of kinds with all their objects",
    severity: "high",
    reach: "cluster",
    asks: [
      ask(["update", "patch", "delete", "deletecollection"], ["customresourcedefinitions"], ["apiextensions.k8s.io"]),
    ],
  },
  "namespace-labels": {
    may: "change a namespace's labels and with them its Pod Security level",
    severity: "high",
    reach: "namespace",
    asks: [ask(change, ["namespaces"])],
  },
  volumes: {
    may: "make volumes of any folder of a node",
    severity: "high",
    reach: "cluster",
    asks: [ask(["create"], ["persistentvolumes"])],
  },
  nodes: {
    may: "change nodes, their labels and taints",
    severity: "medium",
    reach: "cluster",
    asks: [ask(["create", ...change, "delete", "deletecollection"], ["nodes"])],
  },
  "node-status": {
    may: "say where a node is reached and what it has",
    severity: "medium",
    reach: "cluster",
    within: ["nodes"],
    asks: [ask(change, ["nodes/status"])],
  },
  deciders: {
    may: "write Exceptions or trust in images, and so let anything past the rules",
    severity: "high",
    reach: "namespace",
    asks: [ask(write, ["imagetrustpolicies", "exceptions"], ["security.bulkhead.dev"])],
  },
  "update-policies": {
    may: "say from which tags workloads are replaced by themselves",
    severity: "medium",
    reach: "namespace",
    within: ["deciders"],
    asks: [ask(write, ["updatepolicies"], ["security.bulkhead.dev"])],
  },
  "image-reports": {
    may: "write what images are known to hold",
    severity: "medium",
    reach: "cluster",
    asks: [ask(unmake, ["imagereports"], ["security.bulkhead.dev"])],
  },
  "response-policies": {
    may: "change what is done about intrusions, or switch it off",
    severity: "medium",
    reach: "cluster",
    asks: [ask(unmake, ["responsepolicies"], ["security.bulkhead.dev"])],
  },
  "images-pushed": {
    may: "push images into every repository of the machine's registry",
    severity: "medium",
    everywhere: "high",
    reach: "cluster",
    asks: [ask(["push"], ["repositories"], ["registry.security.bulkhead.dev"])],
  },
  "network-policies": {
    may: "open or remove network policies",
    severity: "medium",
    reach: "namespace",
    asks: [
      ask(unmake, ["networkpolicies"], ["networking.k8s.io", "crd.projectcalico.org", "projectcalico.org"]),
      ask(unmake, ["globalnetworkpolicies"], ["crd.projectcalico.org", "projectcalico.org"]),
      ask(unmake, ["adminnetworkpolicies", "baselineadminnetworkpolicies"], ["policy.networking.k8s.io"]),
      ask(unmake, ["ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies"], ["cilium.io"]),
    ],
  },
  "system-config": {
    may: "rewrite the configuration of the cluster's own parts, its DNS among them",
    severity: "high",
    reach: "namespace",
    onlyIn: ["kube-system"],
    asks: [ask(["update", "patch", "delete"], ["configmaps"], [""], systemConfigMaps)],
  },
  leases: {
    may: "take the leases by which the cluster's parts and nodes show that they live",
    severity: "low",
    reach: "namespace",
    onlyIn: ["kube-system", "kube-node-lease"],
    asks: [ask(["update", "patch", "delete", "deletecollection"], ["leases"], ["coordination.k8s.io"])],
  },
  endpoints: {
    may: "lead a Service's traffic to other addresses",
    severity: "medium",
    reach: "namespace",
    asks: [ask(write, ["endpoints"]), ask(write, ["endpointslices"], ["discovery.k8s.io"])],
  },
  "service-status": {
    may: "claim foreign addresses for a Service",
    severity: "medium",
    reach: "namespace",
    asks: [ask(change, ["services/status"])],
  },
  events: {
    may: "delete events",
    severity: "low",
    reach: "namespace",
    asks: [ask(["delete", "deletecollection"], ["events"], ["", "events.k8s.io"])],
  },
} as const satisfies Readonly<Record<string, Power>>;

export type PowerId = keyof typeof powers;
export const powerIds = Object.keys(powers) as readonly PowerId[];
export const powerOf = (id: PowerId): Power => powers[id];

/** How bad a power is where it holds: "" for the whole cluster. Of kube-system it is as of the whole cluster. */
export const severityAt = (id: PowerId, where: string): Severity => {
  const { severity, everywhere } = powerOf(id);
  return where === "" || where === "kube-system" ? (everywhere ?? severity) : severity;
};

/** Whether a grant there leads anywhere. */
export const reaches = (id: PowerId, where: string): boolean => {
  const { reach, onlyIn } = powerOf(id);
  return where === "" || (reach === "namespace" && (onlyIn === undefined || onlyIn.includes(where)));
};
