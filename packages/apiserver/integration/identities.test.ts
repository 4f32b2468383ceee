import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Reply, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const name of ["one", "two"])
    await server.call("POST", "/api/v1/nodes", { body: { apiVersion: "v1", kind: "Node", metadata: { name } } });
  for (const name of ["mine", "others"])
    await server.call("POST", `${ns}/secrets`, { body: { apiVersion: "v1", kind: "Secret", metadata: { name } } });
  await pod("on-one", "one", "mine");
  await pod("on-two", "two", "others");
});
afterAll(() => server.close());

const ns = "/api/v1/namespaces/default";
const merge = { "content-type": "application/merge-patch+json" };

const pod = (name: string, nodeName: string, secretName: string): Promise<Reply> =>
  server.call("POST", `${ns}/pods`, {
    body: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: {
        nodeName,
        containers: [{ name: "c", image: "example.com/a:1" }],
        volumes: [{ name: "s", secret: { secretName } }],
      },
    },
  });

const token = (account: string, ref?: object, as = "admin") =>
  server.call<{ status: { token: string }; message?: string }>("POST", `${ns}/serviceaccounts/${account}/token`, {
    as,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: {},
      spec: { expirationSeconds: 600, ...(ref === undefined ? {} : { boundObjectRef: ref }) },
    },
  });

const whoAmI = (bearer: string) =>
  server.call<{ status: { userInfo: { username: string; extra: Record<string, string[]> } } }>(
    "POST",
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    { as: bearer, body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" } },
  );

describe("a service account's token", () => {
  test("is its account, until the object that it is bound to is gone", async () => {
    const { body } = await pod("bound", "one", "mine");
    const { uid } = body.metadata;
    const { status } = (await token("default", { apiVersion: "v1", kind: "Pod", name: "bound", uid })).body;
    const mine = await whoAmI(status.token);
    expect(mine.body.status.userInfo.username).toBe("system:serviceaccount:default:default");
    expect(mine.body.status.userInfo.extra["authentication.kubernetes.io/pod-name"]).toEqual(["bound"]);
    await server.call("DELETE", `${ns}/pods/bound?gracePeriodSeconds=0`);
    expect((await whoAmI(status.token)).status).toBe(401);
    await pod("bound", "one", "mine");
    expect((await whoAmI(status.token)).status, "another pod of that name").toBe(401);
  });

  test("opens nothing while its pod is cut off, until an Exception lets the pod back", async () => {
    const { uid } = (await pod("cut", "one", "mine")).body.metadata;
    const { status } = (await token("default", { apiVersion: "v1", kind: "Pod", name: "cut", uid })).body;
    const condition = async (type: string, value: string): Promise<void> => {
      const body = { status: { conditions: [{ type, status: value }] } };
      const patched = await server.call("PATCH", `${ns}/pods/cut/status`, { headers: merge, body });
      expect(patched.status).toBe(200);
    };
    expect((await whoAmI(status.token)).status).toBe(201);
    await condition("security.bulkhead.dev/Isolated", "True");
    expect((await whoAmI(status.token)).status).toBe(401);
    const made = await server.call("POST", "/apis/security.bulkhead.dev/v1alpha1/namespaces/default/exceptions", {
      body: {
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "Exception",
        metadata: { name: "back" },
        spec: {
          decider: "network",
          rule: "isolated",
          subject: { kind: "Pod", name: "cut" },
          reason: "looked into",
          author: "alice",
          expires: "2035-01-01T00:00:00Z",
        },
      },
    });
    expect(made.status, made.text).toBe(201);
    expect((await whoAmI(status.token)).status).toBe(201);
    await condition("security.bulkhead.dev/Stopped", "True");
    expect((await whoAmI(status.token)).status).toBe(401);
  });

  test("dies with its account, and a new account of that name does not raise it", async () => {
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" } };
    await server.call("POST", `${ns}/serviceaccounts`, { body: account });
    const { status } = (await token("robot")).body;
    expect((await whoAmI(status.token)).status).toBe(201);
    await server.call("DELETE", `${ns}/serviceaccounts/robot`);
    await server.call("POST", `${ns}/serviceaccounts`, { body: account });
    expect((await whoAmI(status.token)).status).toBe(401);
  });

  test("for another audience opens nothing here, and a review for that audience knows it", async () => {
    const { body } = await server.call<{ status: { token: string } }>("POST", `${ns}/serviceaccounts/default/token`, {
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: {},
        spec: { audiences: ["vault"] },
      },
    });
    expect((await whoAmI(body.status.token)).status).toBe(401);
    const review = (audiences: string[]) =>
      server.call<{ status: { authenticated?: boolean } }>("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenReview",
          spec: { token: body.status.token, audiences },
        },
      });
    expect((await review(["vault"])).body.status.authenticated).toBe(true);
    expect((await review(["bank"])).body.status.authenticated).toBeUndefined();
  });

  test("with one bit changed is nobody's", async () => {
    const { status } = (await token("default")).body;
    const [head = "", claims = "", signature = ""] = status.token.split(".");
    const forged = Buffer.from(claims, "base64url").toString().replace("default", "faulted");
    expect((await whoAmI(`${head}.${Buffer.from(forged).toString("base64url")}.${signature}`)).status).toBe(401);
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    expect((await whoAmI(`${none}.${claims}.`)).status).toBe(401);
  });
});

describe("a node", () => {
  const as = "system:node:one";

  test("reads what its own pods need, and nothing else", async () => {
    expect((await server.call("GET", `${ns}/secrets/mine`, { as })).status).toBe(200);
    expect((await server.call("GET", `${ns}/secrets/others`, { as })).status).toBe(403);
    expect((await server.call("GET", `${ns}/secrets`, { as })).status).toBe(403);
    expect((await server.call("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Done", { as })).status).toBe(200);
    expect((await server.call("GET", "/api/v1/pods", { as })).status).toBe(403);
  });

  test("gets tokens of its own pods only, bound to them", async () => {
    const uidOf = async (name: string) => (await server.call("GET", `${ns}/pods/${name}`)).body.metadata.uid;
    const ref = async (name: string) => ({ apiVersion: "v1", kind: "Pod", name, uid: await uidOf(name) });
    expect((await token("default", await ref("on-one"), as)).status).toBe(201);
    expect((await token("default", await ref("on-two"), as)).status).toBe(403);
    expect((await token("default", undefined, as)).status).toBe(403);
  });

  test("writes its own Node, and of it neither owners nor taints nor others' labels", async () => {
    const patch = (name: string, body: object) =>
      server.call("PATCH", `/api/v1/nodes/${name}`, { as, headers: merge, body });
    expect((await patch("one", { metadata: { labels: { mine: "yes" } } })).status).toBe(200);
    for (const body of [
      { metadata: { labels: { "node-restriction.kubernetes.io/team": "x" } } },
      { metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } } },
      {
        metadata: {
          ownerReferences: [
            { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "11111111-1111-1111-1111-111111111111" },
          ],
        },
      },
      { metadata: { finalizers: ["example.com/x"] } },
      { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } },
    ])
      expect((await patch("one", body)).status, JSON.stringify(body)).toBe(403);
    expect((await patch("two", { metadata: { labels: { mine: "yes" } } })).status).toBe(403);
    expect((await server.call("DELETE", "/api/v1/nodes/one", { as })).status).toBe(403);
  });

  test("tells the status of its own pods, and nothing of them besides", async () => {
    const status = (name: string, body: object) =>
      server.call("PATCH", `${ns}/pods/${name}/status`, { as, headers: merge, body });
    expect((await status("on-one", { status: { phase: "Running" } })).status).toBe(200);
    expect((await status("on-two", { status: { phase: "Running" } })).status).toBe(403);
    expect((await status("on-one", { metadata: { labels: { app: "web" } } })).status).toBe(403);
    const spec = { containers: [{ name: "c", image: "example.com/evil:1" }], nodeName: "one" };
    const created = await server.call("POST", `${ns}/pods`, {
      as,
      body: { apiVersion: "v1", kind: "Pod", metadata: { name: "evil" }, spec },
    });
    expect(created.status).toBe(403);
  });
});

describe("rights", () => {
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const role = (name: string, rules: object[]) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name },
    rules,
  });

  test("nobody grants what they do not hold; what they hold they may", async () => {
    const rules = [
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["roles", "rolebindings"],
        verbs: ["create", "get", "update"],
      },
      { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
    ];
    await server.call("POST", `${rbac}/namespaces/default/roles`, { body: role("granter", rules) });
    await server.call("POST", `${rbac}/namespaces/default/rolebindings`, {
      body: {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "granter" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "granter" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }],
      },
    });
    const create = (name: string, of: object[]) =>
      server.call("POST", `${rbac}/namespaces/default/roles`, { as: "alice", body: role(name, of) });
    expect((await create("less", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }])).status).toBe(201);
    const more = await create("more", [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]);
    expect(more.body.message).toContain("attempting to grant RBAC permissions not currently held");
  });

  test("take effect and go with their binding, without a restart", async () => {
    const may = async () => (await server.call("GET", `${ns}/pods/on-one`, { as: "alice" })).status;
    expect(await may()).toBe(200);
    await server.call("DELETE", `${rbac}/namespaces/default/rolebindings/granter`);
    expect(await may()).toBe(403);
  });
});
