import type { KubeObject } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import type { AccessQuestion } from "../rbac/question.ts";
import { whyAccess } from "./access.ts";
import { check, whyPod } from "./check.ts";
import type { Snapshot, SnapshotFacts } from "./snapshot.ts";
import { subjectFinder, WhyTrafficError, whyTraffic } from "./traffic.ts";

const facts: SnapshotFacts = {
  now: Date.parse("2026-11-21T12:00:00Z"),
  nodeIps: ["192.168.0.9"],
  closed: [],
  defaults: "bulkhead",
  podSecurityDefault: "restricted",
};

const object = (apiVersion: string, kind: string, key: string, rest: object = {}): KubeObject => {
  const [namespace, name] = key.includes("/") ? key.split("/") : [undefined, key];
  return {
    apiVersion,
    kind,
    metadata: { ...(namespace === undefined ? {} : { namespace }), name },
    ...rest,
  } as KubeObject;
};

/** A pod of the Deployment `app`. */
const pod = (app: string, ip: string, index = 0): KubeObject => ({
  ...object("v1", "Pod", `shop/${app}-5d9c-${index}`, {
    spec: {
      containers: [{ name: "c", image: "x", ports: [{ name: "http", containerPort: 8080 }] }],
      nodeName: "n1",
      serviceAccountName: app,
    },
    status: { phase: "Running", podIPs: [{ ip }] },
  }),
  metadata: {
    namespace: "shop",
    name: `${app}-5d9c-${index}`,
    labels: { app, "pod-template-hash": "5d9c" },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: `${app}-5d9c`, uid: "u", controller: true }],
  },
});

const rbac = "rbac.authorization.k8s.io/v1";
const objects: KubeObject[] = [
  object("v1", "Namespace", "shop"),
  pod("web", "10.0.0.2"),
  pod("api", "10.0.0.3"),
  pod("api", "10.0.0.4", 1),
  object("v1", "Service", "shop/api", {
    spec: { selector: { app: "api" }, clusterIP: "10.1.0.1", ports: [{ name: "web", port: 80, targetPort: "http" }] },
  }),
  object("v1", "Service", "shop/empty", { spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] } }),
  object("networking.k8s.io/v1", "NetworkPolicy", "shop/default-deny", {
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  }),
  object("networking.k8s.io/v1", "NetworkPolicy", "shop/web-out", {
    spec: {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: { matchLabels: { app: "api" } } }], ports: [{ port: 8080 }] }],
    },
  }),
  object("networking.k8s.io/v1", "NetworkPolicy", "shop/api-in", {
    spec: {
      podSelector: { matchLabels: { app: "api" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }], ports: [{ port: "http" }] }],
    },
  }),
  object(rbac, "Role", "shop/reader", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
  object(rbac, "RoleBinding", "shop/b", {
    roleRef: { kind: "Role", name: "reader" },
    subjects: [{ kind: "User", name: "alice" }],
  }),
  object(rbac, "ClusterRole", "system:node", {
    rules: [{ apiGroups: [""], resources: ["services"], verbs: ["list"] }],
  }),
];
const snapshot: Snapshot = { objects, facts };

describe("access", () => {
  const ask = (name: string, verb: string, resource: string, groups: string[] = []) => {
    const question: AccessQuestion = {
      user: { name, groups },
      verb,
      isResource: true,
      group: "",
      resource,
      subresource: "",
      namespace: "shop",
      name: "web-5d9c-0",
      path: "",
    };
    return whyAccess(snapshot, question);
  };

  test("by RBAC, explained", () => {
    expect(ask("alice", "get", "pods").decision).toBe("allow");
    expect(ask("alice", "delete", "pods").because.map((b) => b.rule)).toEqual(["no-grant", "near"]);
  });

  test("of the masters and of nodes", () => {
    expect(ask("root", "delete", "secrets", ["system:masters"]).because[0]?.rule).toBe("masters");
    expect(ask("system:node:n1", "get", "pods", ["system:nodes"]).decision).toBe("allow");
    expect(ask("system:node:n2", "get", "pods", ["system:nodes"]).because[0]?.says).toContain(
      "no relationship found between node 'n2'",
    );
  });
});

describe("traffic", () => {
  test("between a workload and a Service: every pair, at the target's port", () => {
    const verdict = whyTraffic(snapshot, "shop/web", "shop/api", "80");
    expect(verdict.decision).toBe("deny");
    expect(verdict.because[0]?.says).toContain("TCP 80");
    const through = whyTraffic(snapshot, "shop/web", "shop/service/api", "80");
    expect(through.decision).toBe("allow");
    expect(through.pairs.map((p) => [p.to, p.port])).toEqual([
      [{ pod: "shop/api-5d9c-0" }, 8080],
      [{ pod: "shop/api-5d9c-1" }, 8080],
    ]);
    expect(whyTraffic(snapshot, "shop/deployment/web", "10.1.0.1", "web").decision).toBe("allow");
  });

  test("the other way is refused, with the command between the workloads", () => {
    const verdict = whyTraffic(snapshot, "shop/api-5d9c-0", "shop/web-5d9c-0", "http");
    expect(verdict.because[0]?.command).toBe(
      'bulkhead allow traffic shop/deployment/api shop/deployment/web 8080 --reason "…"',
    );
  });

  test("to an address", () => {
    expect(whyTraffic(snapshot, "shop/web", "192.0.2.1", "443").decision).toBe("deny");
    expect(whyTraffic(snapshot, "192.168.0.9", "shop/web", "53/udp").decision).toBe("allow");
  });

  test.each([
    ["nonsense", "shop/api", "80", "end"],
    ["shop/gone", "shop/api", "80", "end"],
    ["shop/configmap/x", "shop/api", "80", "end"],
    ["shop/web", "shop/empty", "80", "end"],
    ["shop/web", "shop/service/api", "81", "port"],
    ["shop/web", "shop/api", "0", "port"],
    ["shop/web", "shop/api", "80/icmp", "port"],
    ["shop/web", "shop/api", "nobody", "port"],
    ["shop/web", "192.0.2.1", "http", "port"],
  ])("%s to %s %s: %s", (from, to, port, code) => {
    expect(() => whyTraffic(snapshot, from, to, port)).toThrow(expect.objectContaining({ code }));
    expect(() => whyTraffic(snapshot, from, to, port)).toThrow(WhyTrafficError);
  });

  test("short names for bulkhead allow", () => {
    const find = subjectFinder(snapshot);
    expect(find("shop", "web")).toEqual({ kind: "Deployment", name: "web" });
    expect(find("shop", "web-5d9c-0")).toEqual({ kind: "Deployment", name: "web" });
    expect(find("shop", "gone")).toBeUndefined();
  });
});

describe("pods and manifests", () => {
  const deployment = object("apps/v1", "Deployment", "new/web", {
    spec: { template: { spec: { containers: [{ name: "c", image: "nginx" }] } } },
  });

  test("a pod is judged with the cluster's rules", () => {
    expect(whyPod(snapshot, pod("web", "10.0.0.2"))?.decision).toBe("deny");
    expect(whyPod(snapshot, object("v1", "ConfigMap", "shop/x"))).toBeUndefined();
  });

  test("manifests are judged together: their namespace and trust policy count, the last of a name wins", () => {
    const verdicts = (...manifests: KubeObject[]) =>
      check(snapshot, manifests).map((c) => [c.object.kind, c.object.name, c.verdict.decision]);
    const open = object("v1", "Namespace", "new");
    open.metadata.labels = { "pod-security.kubernetes.io/enforce": "privileged" };
    const trust = object("security.bulkhead.dev/v1alpha1", "ImageTrustPolicy", "all", {
      spec: { allow: [{ registry: "*", repositories: ["*"] }] },
    });
    expect(verdicts(deployment)).toEqual([["Deployment", "web", "deny"]]);
    expect(verdicts(open, deployment)).toEqual([["Deployment", "web", "deny"]]);
    expect(verdicts(deployment, open, trust)).toEqual([["Deployment", "web", "allow"]]);
  });

  test("what the snapshot holds wholly and does not have is missed", () => {
    const complete: Snapshot = { ...snapshot, facts: { ...facts, complete: new Set(["serviceaccounts"]) } };
    const [checked] = check(complete, [deployment]);
    expect(checked?.verdict.because.at(-1)).toMatchObject({
      rule: "missing-reference",
      field: "spec.template.spec.serviceAccountName",
    });
  });
});
