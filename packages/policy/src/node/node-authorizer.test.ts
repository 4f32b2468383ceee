import type { Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import type { AccessQuestion } from "../rbac/question.ts";
import { evaluateNode, nodeOfUser, normaliseNode } from "./node-authorizer.ts";
import { NodeGraph } from "./node-graph.ts";

const pod = (name: string, node: string, spec: Partial<Pod["spec"]> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name },
  spec: { containers: [{ name: "c" }], nodeName: node, ...spec },
});

const mine = pod("web", "n1", {
  serviceAccountName: "web-sa",
  imagePullSecrets: [{ name: "pull" }],
  initContainers: [{ name: "i", env: [{ name: "A", valueFrom: { secretKeyRef: { name: "init-secret", key: "k" } } }] }],
  ephemeralContainers: [{ name: "e", envFrom: [{ secretRef: { name: "debug-secret" } }] }],
  containers: [
    {
      name: "c",
      envFrom: [{ configMapRef: { name: "config" } }],
      env: [{ name: "B", valueFrom: { configMapKeyRef: { name: "one", key: "k" } } }],
    },
  ],
  volumes: [
    { name: "s", secret: { secretName: "volume-secret" } },
    {
      name: "p",
      projected: { sources: [{ secret: { name: "projected-secret" } }, { configMap: { name: "projected-config" } }] },
    },
    { name: "v", persistentVolumeClaim: { claimName: "data" } },
  ],
});
const others = pod("db", "n2", { volumes: [{ name: "s", secret: { secretName: "db-secret" } }] });
const unbound = pod("later", "", { volumes: [{ name: "s", secret: { secretName: "later-secret" } }] });
const mirror: Pod = {
  ...pod("static", "n1", { volumes: [{ name: "s", secret: { secretName: "wanted" } }] }),
  metadata: { namespace: "shop", name: "static", annotations: { "kubernetes.io/config.mirror": "x" } },
};

const rules = [{ apiGroups: [""], resources: ["services", "events"], verbs: ["get", "list", "create"] }];
const built = normaliseNode({
  pods: [mine, others, unbound, mirror],
  claims: [
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { namespace: "shop", name: "data" },
      spec: { volumeName: "pv-1" },
    },
  ],
  rules,
});

function question(text: string, more: Partial<AccessQuestion> = {}): AccessQuestion {
  const [verb = "", what = "", namespace = "", name = ""] = text.split(" ");
  const [resourceGroup = "", subresource = ""] = what.split("/");
  const [resource = "", ...group] = resourceGroup.split(".");
  return {
    user: { name: "system:node:n1", groups: ["system:nodes"] },
    verb,
    isResource: true,
    group: group.join("."),
    resource,
    subresource,
    namespace: namespace === "-" ? "" : namespace,
    name,
    path: "",
    ...more,
  };
}

test("a node is who has the name and the group", () => {
  expect(nodeOfUser({ name: "system:node:n1", groups: ["system:nodes"] })).toBe("n1");
  expect(nodeOfUser({ name: "system:node:n1", groups: [] })).toBeUndefined();
  expect(nodeOfUser({ name: "system:node:", groups: ["system:nodes"] })).toBeUndefined();
  expect(evaluateNode(built, question("get pods shop web", { user: { name: "alice", groups: [] } }))).toBeUndefined();
});

test.each([
  ["get secrets shop volume-secret", "allow"],
  ["list secrets shop volume-secret", "allow"],
  ["watch secrets shop init-secret", "allow"],
  ["get secrets shop debug-secret", "allow"],
  ["get secrets shop projected-secret", "allow"],
  ["get secrets shop pull", "allow"],
  ["get secrets shop db-secret", "deny"],
  ["get secrets shop later-secret", "deny"],
  ["get secrets shop wanted", "deny"],
  ["get secrets other volume-secret", "deny"],
  ["list secrets shop", "deny"],
  ["list secrets - volume-secret", "deny"],
  ["update secrets shop volume-secret", "deny"],
  ["delete secrets shop volume-secret", "deny"],
  ["get configmaps shop config", "allow"],
  ["get configmaps shop one", "allow"],
  ["get configmaps shop projected-config", "allow"],
  ["get configmaps shop volume-secret", "deny"],
  ["get persistentvolumeclaims shop data", "allow"],
  ["list persistentvolumeclaims shop data", "deny"],
  ["patch persistentvolumeclaims/status shop data", "allow"],
  ["get persistentvolumes - pv-1", "allow"],
  ["get persistentvolumes - pv-2", "deny"],
  ["create serviceaccounts/token shop web-sa", "allow"],
  ["create serviceaccounts/token shop default", "deny"],
  ["create serviceaccounts shop web-sa", "deny"],
  ["get serviceaccounts shop web-sa", "allow"],
  ["get serviceaccounts shop other", "deny"],
  ["get pods shop web", "allow"],
  ["get pods shop static", "allow"],
  ["get pods shop db", "deny"],
  ["list pods -", "deny"],
  ["create pods/eviction shop web", "allow"],
  ["create pods/exec shop web", "deny"],
  ["create pods/binding shop web", "deny"],
  ["get nodes - n1", "allow"],
  ["get nodes - n2", "deny"],
  ["list nodes -", "deny"],
  ["create nodes -", "allow"],
  ["patch nodes/status - n1", "allow"],
  ["patch nodes/status - n2", "deny"],
  ["delete nodes - n1", "deny"],
  ["get nodes/proxy - n1", "deny"],
  ["update leases.coordination.k8s.io kube-node-lease n1", "allow"],
  ["update leases.coordination.k8s.io kube-node-lease n2", "deny"],
  ["create leases.coordination.k8s.io kube-node-lease", "allow"],
  ["get leases.coordination.k8s.io shop n1", "deny"],
  ["list leases.coordination.k8s.io kube-node-lease", "deny"],
  ["list services -", "allow"],
  ["delete services shop web", "deny"],
  ["get secrets/status shop volume-secret", "deny"],
])("%s: %s", (text, expected) => {
  expect(evaluateNode(built, question(text))?.decision).toBe(expected);
});

test("pods are listed and watched by the node's own name only", () => {
  const by = (value: string) =>
    evaluateNode(built, question("watch pods -", { fields: [{ field: "spec.nodeName", operator: "=", value }] }))
      ?.decision;
  expect([by("n1"), by("n2")]).toEqual(["allow", "deny"]);
});

describe("the graph kept up to date", () => {
  const decide = (graph: NodeGraph, text: string): string | undefined => evaluateNode(graph, question(text))?.decision;

  test("agrees with one built anew, through additions, changes and removals", () => {
    const graph = new NodeGraph(rules);
    for (const p of [mine, others, unbound, mirror]) graph.setPod(p);
    const fresh = normaliseNode({ pods: [mine, others, unbound, mirror], rules });
    expect(new Map(graph.needs)).toEqual(new Map(fresh.needs));
    graph.setPod({ ...unbound, spec: { containers: [], ...unbound.spec, nodeName: "n1" } });
    expect(decide(graph, "get secrets shop later-secret")).toBe("allow");
    graph.removePod(unbound);
    expect(decide(graph, "get secrets shop later-secret")).toBe("deny");
  });

  test("a Secret stays visible as long as one pod needs it", () => {
    const graph = new NodeGraph(rules);
    const volumes = [{ name: "s", secret: { secretName: "shared" } }];
    const [a, b] = [pod("a", "n1", { volumes }), pod("b", "n1", { volumes })];
    graph.setPod(a);
    graph.setPod(b);
    graph.setPod(b);
    graph.removePod(a);
    expect(decide(graph, "get secrets shop shared")).toBe("allow");
    graph.removePod(b);
    expect(decide(graph, "get secrets shop shared")).toBe("deny");
    expect(graph.needs.size).toBe(0);
  });
});
