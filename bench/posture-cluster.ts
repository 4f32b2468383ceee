import type { KubeObject } from "@bulkhead/api";

/** A cluster of some ten thousand objects as an organisation might run it: mostly kept well, with faults here and there. */

let seed = 1;
const chance = (percent: number): boolean => below(100) < percent;
function below(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

const apps = ["web", "api", "cart", "search", "auth", "mail", "jobs", "cache", "queue", "report"];
const digestOf = (app: string): string => {
  let value = 7;
  for (const char of app.repeat(8)) value = (Math.imul(value, 33) + char.charCodeAt(0)) >>> 0;
  return `sha256:${value.toString(16).padStart(8, "0").repeat(8)}`;
};
const imageOf = (app: string): string => `registry.example/shop/${app}@${digestOf(app)}`;

type Fields = Record<string, unknown>;
const make = (apiVersion: string, kind: string, metadata: Fields, more: Fields = {}): KubeObject =>
  ({
    apiVersion,
    kind,
    metadata: { uid: `${kind}-${String(metadata["namespace"])}-${String(metadata["name"])}`, ...metadata },
    ...more,
  }) as KubeObject;

function podSpec(app: string, index: number): Fields {
  const hardened = chance(75);
  return {
    serviceAccountName: `${apps[index % apps.length] ?? "web"}-account`,
    automountServiceAccountToken: chance(25),
    nodeName: `node-${below(10)}`,
    ...(hardened ? { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } } : {}),
    ...(chance(1) ? { hostNetwork: true } : {}),
    ...(chance(1) ? { hostPID: true } : {}),
    volumes: [
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      ...(chance(40) ? [{ name: "secret", secret: { secretName: `secret-${index % 12}` } }] : []),
      ...(chance(2) ? [{ name: "host", hostPath: { path: chance(50) ? "/var/log" : "/" } }] : []),
    ],
    containers: [
      {
        name: app,
        image: chance(90) ? imageOf(app) : `registry.example/shop/${app}:latest`,
        ports: [{ name: "http", containerPort: 8080 }],
        resources: {
          requests: { cpu: "100m", memory: "64Mi" },
          ...(chance(85) ? { limits: { memory: "128Mi", cpu: "1" } } : {}),
        },
        readinessProbe: { httpGet: { path: "/ready", port: "http" } },
        livenessProbe: { httpGet: { path: "/live", port: "http" } },
        env: [
          { name: "MODE", value: "production" },
          ...(chance(20)
            ? [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: `secret-${index % 12}`, key: "token" } } }]
            : []),
        ],
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        securityContext: hardened
          ? {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              runAsNonRoot: true,
              capabilities: { drop: ["ALL"] },
            }
          : {
              ...(chance(4) ? { privileged: true } : {}),
              ...(chance(10) ? { capabilities: { add: ["NET_ADMIN"] } } : {}),
            },
      },
    ],
  };
}

function* namespaceObjects(index: number): Generator<KubeObject> {
  const namespace = `team-${index}`;
  yield make("v1", "Namespace", {
    name: namespace,
    labels: {
      "kubernetes.io/metadata.name": namespace,
      team: `team-${index % 8}`,
      ...(chance(70) ? { "pod-security.kubernetes.io/enforce": chance(60) ? "restricted" : "baseline" } : {}),
    },
  });
  const meta = (name: string, more: Fields = {}): Fields => ({ name, namespace, ...more });
  let address = 0;
  function* workload(
    kind: string,
    apiVersion: string,
    name: string,
    app: string,
    at: number,
    pods: number,
  ): Generator<KubeObject> {
    const labels = { app: name };
    const spec = podSpec(app, at);
    const template = { metadata: { labels }, spec };
    yield make(apiVersion, kind, meta(name, { labels }), {
      spec: { replicas: pods, selector: { matchLabels: labels }, template },
    });
    let owner = { apiVersion, kind, name, uid: `${kind}-${namespace}-${name}`, controller: true };
    let podLabels: Record<string, string> = labels;
    if (kind === "Deployment") {
      const hash = `5d${at}f`;
      podLabels = { ...labels, "pod-template-hash": hash };
      yield make("apps/v1", "ReplicaSet", meta(`${name}-${hash}`, { labels: podLabels, ownerReferences: [owner] }), {
        spec: {
          replicas: pods,
          selector: { matchLabels: podLabels },
          template: { metadata: { labels: podLabels }, spec },
        },
      });
      owner = { ...owner, kind: "ReplicaSet", name: `${name}-${hash}` };
    }
    for (let pod = 0; pod < pods; pod++) {
      address += 1;
      yield make("v1", "Pod", meta(`${owner.name}-${pod}`, { labels: podLabels, ownerReferences: [owner] }), {
        spec,
        status: { phase: "Running", podIP: `10.${index}.0.${address}`, podIPs: [{ ip: `10.${index}.0.${address}` }] },
      });
    }
  }
  for (let at = 0; at < 30; at++) {
    const app = apps[at % apps.length] ?? "web";
    yield* workload("Deployment", "apps/v1", `${app}-${at}`, app, at, 2);
  }
  for (let at = 0; at < 3; at++) yield* workload("StatefulSet", "apps/v1", `db-${at}`, "cache", at, 2);
  for (let at = 0; at < 2; at++) yield* workload("DaemonSet", "apps/v1", `agent-${at}`, "queue", at, 3);
  for (let at = 0; at < 3; at++) {
    yield make("batch/v1", "CronJob", meta(`nightly-${at}`), {
      spec: {
        schedule: "0 3 * * *",
        jobTemplate: {
          spec: { template: { metadata: {}, spec: { ...podSpec("report", at), restartPolicy: "Never" } } },
        },
      },
    });
  }
  for (const app of apps) {
    yield make(
      "v1",
      "ServiceAccount",
      meta(`${app}-account`),
      chance(50) ? { automountServiceAccountToken: false } : {},
    );
    if (chance(80))
      yield make("rbac.authorization.k8s.io/v1", "Role", meta(`${app}-role`), {
        rules: [
          { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
          ...(chance(10) ? [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }] : []),
          ...(chance(5) ? [{ apiGroups: [""], resources: ["pods"], verbs: ["create", "delete"] }] : []),
          ...(chance(2) ? [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] : []),
        ],
      });
    yield make("rbac.authorization.k8s.io/v1", "RoleBinding", meta(`${app}-binding`), {
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: chance(90) ? "Role" : "ClusterRole",
        name: chance(90) ? `${app}-role` : "view",
      },
      subjects: [{ kind: "ServiceAccount", name: `${app}-account`, namespace }],
    });
  }
  for (let at = 0; at < 30; at++)
    yield make("v1", "Service", meta(`${apps[at % apps.length] ?? "web"}-${at}`), {
      spec: {
        type: chance(4) ? "LoadBalancer" : chance(3) ? "NodePort" : "ClusterIP",
        selector: { app: `${apps[at % apps.length] ?? "web"}-${at}` },
        ports: [{ port: 80, targetPort: "http" }],
      },
    });
  for (let at = 0; at < 5; at++)
    yield make("networking.k8s.io/v1", "Ingress", meta(`site-${at}`), {
      spec: {
        ...(chance(80) ? { tls: [{ hosts: [`site-${at}.example`], secretName: `secret-${at}` }] } : {}),
        rules: [
          {
            host: `site-${at}.example`,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: `${apps[at] ?? "web"}-${at}`, port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    });
  if (chance(80))
    yield make("networking.k8s.io/v1", "NetworkPolicy", meta("default-deny"), {
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
  for (const app of apps.slice(0, 4))
    yield make("networking.k8s.io/v1", "NetworkPolicy", meta(`allow-${app}`), {
      spec: {
        podSelector: { matchLabels: { app: `${app}-${apps.indexOf(app)}` } },
        policyTypes: ["Ingress"],
        ingress: [
          chance(20)
            ? { ports: [{ port: 8080 }] }
            : { from: [{ namespaceSelector: { matchLabels: { team: `team-${below(8)}` } } }], ports: [{ port: 8080 }] },
        ],
      },
    });
  for (let at = 0; at < 12; at++)
    yield make("v1", "Secret", meta(`secret-${at}`), {
      type: at % 4 === 0 ? "kubernetes.io/tls" : "Opaque",
      data: { token: "", key: "" },
    });
  for (let at = 0; at < 15; at++)
    yield make("v1", "ConfigMap", meta(`config-${at}`), {
      data: { "settings.yaml": "mode: production\n", ...(chance(3) ? { password: "hunter2hunter2" } : {}) },
    });
  for (let at = 0; at < 5; at++)
    yield make("v1", "PersistentVolumeClaim", meta(`data-${at}`), {
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "standard",
        resources: { requests: { storage: "1Gi" } },
      },
    });
  if (chance(70))
    yield make("v1", "ResourceQuota", meta("quota"), { spec: { hard: { pods: "200", "limits.memory": "64Gi" } } });
  if (chance(70))
    yield make("v1", "LimitRange", meta("limits"), {
      spec: { limits: [{ type: "Container", default: { memory: "128Mi" } }] },
    });
  for (let at = 0; at < 20; at++)
    yield make("policy/v1", "PodDisruptionBudget", meta(`${apps[at % apps.length] ?? "web"}-${at}`), {
      spec: { minAvailable: 1, selector: { matchLabels: { app: `${apps[at % apps.length] ?? "web"}-${at}` } } },
    });
}

/** The same objects every time. */
export function* clusterObjects(namespaces = 40): Generator<KubeObject> {
  seed = 1;
  for (let index = 0; index < namespaces; index++) yield* namespaceObjects(index);
  for (let at = 0; at < 10; at++)
    yield make(
      "v1",
      "Node",
      { name: `node-${at}`, labels: { "kubernetes.io/hostname": `node-${at}` } },
      { status: { nodeInfo: { kubeletVersion: "v1.36.1" } } },
    );
  for (let at = 0; at < 40; at++) {
    yield make(
      "rbac.authorization.k8s.io/v1",
      "ClusterRole",
      { name: `operator-${at}` },
      {
        rules: [
          { apiGroups: [""], resources: at % 10 === 0 ? ["secrets"] : ["pods"], verbs: ["get", "list", "watch"] },
        ],
      },
    );
    yield make(
      "rbac.authorization.k8s.io/v1",
      "ClusterRoleBinding",
      { name: `operator-${at}` },
      {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `operator-${at}` },
        subjects: [{ kind: "ServiceAccount", name: "api-account", namespace: `team-${at}` }],
      },
    );
  }
  yield make(
    "rbac.authorization.k8s.io/v1",
    "ClusterRole",
    { name: "view" },
    { rules: [{ apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list", "watch"] }] },
  );
  for (const app of apps) {
    const digest = digestOf(app);
    const counts = {
      critical: below(3),
      high: below(9),
      medium: 5,
      low: 20,
      negligible: 1,
      unknown: 0,
      fixable: 4,
      exploited: chance(20) ? 1 : 0,
      malicious: 0,
      misconfigurations: 0,
      secrets: 0,
    };
    yield make(
      "security.bulkhead.dev/v1alpha1",
      "ImageReport",
      { name: digest.replace(":", "-") },
      {
        report: {
          digest,
          images: [imageOf(app)],
          namespaces: Array.from({ length: namespaces }, (_, i) => `team-${i}`),
          scannedAt: "2026-11-20T00:00:00Z",
          counts,
          sources: [],
          blindSpots: [],
        },
      },
    );
  }
}
