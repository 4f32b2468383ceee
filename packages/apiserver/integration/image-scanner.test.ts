import { imageScannerUser, isolatedCondition, type Pod } from "@bulkhead/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./test-server.ts";

/** What the identity that scans images may do to pods, with the role that it has. */
let server: TestServer;
const pods = "/api/v1/namespaces/default/pods";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const group = "rbac.authorization.k8s.io";
const strategic = { "content-type": "application/strategic-merge-patch+json" };

beforeAll(async () => {
  server = await startTestServer({ mode: "kubernetes" });
  const role = {
    name: "scanner",
    rules: [{ apiGroups: [""], resources: ["pods", "pods/status"], verbs: ["patch", "get"] }],
  };
  const made = await server.call("POST", `${rbac}/clusterroles`, {
    body: { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata: { name: role.name }, rules: role.rules },
  });
  expect(made.status).toBe(201);
  await server.call("POST", `${rbac}/clusterrolebindings`, {
    body: {
      apiVersion: `${group}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: role.name },
      roleRef: { apiGroup: group, kind: "ClusterRole", name: role.name },
      subjects: [
        { kind: "User", apiGroup: group, name: "scanner" },
        { kind: "User", apiGroup: group, name: imageScannerUser },
      ],
    },
  });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "c", image: "registry.example/web:1" }] },
    // Whoever makes a pod does not say how it stands.
    status: { conditions: [{ type: isolatedCondition, status: "False" }] },
  };
  expect((await server.call("POST", pods, { body: pod })).status).toBe(201);
});
afterAll(() => server.close());

const patch = (body: object, at = `${pods}/web/status`) =>
  server.call("PATCH", at, { body, headers: { ...strategic, "impersonate-user": imageScannerUser } });
const isolated = { type: isolatedCondition, status: "True", reason: "ImageOutOfPolicy", message: "m" };

test("a condition that a pod was made with is not there", async () => {
  const { text } = await server.call("GET", `${pods}/web`);
  expect(text).toContain('"phase":"Pending"');
  expect((JSON.parse(text) as Pod).status?.conditions?.map(({ type }) => type) ?? []).not.toContain(isolatedCondition);
});

test("it sets and clears the conditions of pods that are out of policy", async () => {
  expect((await patch({ status: { conditions: [isolated] } })).status).toBe(200);
  expect((await patch({ status: { conditions: [{ ...isolated, status: "False" }] } })).status).toBe(200);
});

test.each<[string, object, string?]>([
  ["another condition", { status: { conditions: [{ type: "Ready", status: "True" }] } }],
  [
    "an address beside its own condition",
    { status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], conditions: [isolated] } },
  ],
  ["a phase", { status: { phase: "Succeeded" } }],
  ["labels, through the status", { metadata: { labels: { a: "b" } }, status: { conditions: [isolated] } }],
  ["the pod itself", { metadata: { labels: { a: "b" } } }, `${pods}/web`],
])("and nothing else: %s", async (_, body, at) => {
  const refused = await patch(body, at);
  expect(refused.status).toBe(403);
  expect(refused.body.message).toMatch(/the image scanner may change the conditions/);
});
