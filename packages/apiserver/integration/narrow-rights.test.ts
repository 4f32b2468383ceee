import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./test-server.ts";

/** What a narrow right must not reach: alice may follow one Secret, and patch and update what is there. */
let server: TestServer;
const core = "/api/v1/namespaces/default";
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
const group = "rbac.authorization.k8s.io";

beforeAll(async () => {
  server = await startTestServer();
  for (const name of ["mine", "theirs"])
    await server.call("POST", `${core}/secrets`, { body: { apiVersion: "v1", kind: "Secret", metadata: { name } } });
  const made = await server.call("POST", `${rbac}/roles`, {
    body: {
      apiVersion: `${group}/v1`,
      kind: "Role",
      metadata: { name: "narrow" },
      rules: [
        { apiGroups: [""], resources: ["secrets"], resourceNames: ["mine"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch", "update"] },
        { apiGroups: [group], resources: ["roles", "rolebindings"], verbs: ["get", "patch", "update"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "patch", "update"] },
      ],
    },
  });
  expect(made.status).toBe(201);
  await server.call("POST", `${rbac}/rolebindings`, {
    body: {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata: { name: "narrow" },
      roleRef: { apiGroup: group, kind: "Role", name: "narrow" },
      subjects: [{ kind: "User", apiGroup: group, name: "alice" }],
    },
  });
});
afterAll(() => server.close());

test.each([
  "/api/v1/watch/namespaces/default/secrets/mine?timeoutSeconds=1",
  `${core}/secrets?watch=1&fieldSelector=metadata.name=mine&timeoutSeconds=1`,
])("a watch of one name shows that one: %s", async (path) => {
  const lines = await server.watch(path, 3, "alice");
  expect(lines.map(({ object }) => object.metadata.name)).toEqual(["mine"]);
});

test.each([
  "/api/v1/watch/namespaces/default/secrets",
  "/api/v1/watch/namespaces/default/secrets/theirs",
  "/api/v1/watch/secrets/mine",
  `${core}/secrets`,
  `${core}/secrets?fieldSelector=metadata.name!=mine`,
])("and nothing wider is allowed: %s", async (path) => {
  expect((await server.call("GET", path, { as: "alice" })).status).toBe(403);
});

const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const lease = (name: string) => ({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name } });
const role = (name: string) => ({ apiVersion: `${group}/v1`, kind: "Role", metadata: { name }, rules: [] });
const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const apply = { "content-type": "application/apply-patch+yaml" };

test.each([
  ["apply", "PATCH", `${core}/configmaps/new?fieldManager=a`, configMap("new"), apply],
  ["apply", "PATCH", `${rbac}/roles/new?fieldManager=a`, role("new"), apply],
  ["update", "PUT", `${rbac}/roles/newer`, role("newer"), {}],
  ["update", "PUT", `${leases}/new`, lease("new"), {}],
])("%s makes nothing for who may not create: %s %s", async (_, method, path, body, headers) => {
  const refused = await server.call(method, path, { as: "alice", body, headers });
  expect(refused.status).toBe(403);
  expect(refused.body.message).toMatch(/cannot create resource/);
  expect((await server.call("GET", path.replace(/\?.*/, ""))).status).toBe(404);
  expect((await server.call(method, path, { body, headers })).status).toBe(201);
  // What is there may be changed (a Lease by who names its version).
  expect([200, 422]).toContain((await server.call(method, path, { as: "alice", body, headers })).status);
});
