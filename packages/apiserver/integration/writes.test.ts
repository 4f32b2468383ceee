import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Body, configMap, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const path = "/api/v1/namespaces/default/configmaps";
const merge = { "content-type": "application/merge-patch+json" };

const records = (): {
  verb: string;
  requestURI: string;
  objectRef?: { name?: string; resource: string };
  responseStatus: { code: number };
}[] => [...server.store.readAudit(1)].map(({ record }) => JSON.parse(Buffer.from(record).toString()));

describe("a write", () => {
  test("that raced others is made again from the top: no update is lost", async () => {
    await server.call("POST", path, { body: configMap("race", { data: {} }) });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        server.call("PATCH", `${path}/race`, { headers: merge, body: { data: { [`k${i}`]: "1" } } }),
      ),
    );
    expect(Object.keys((await server.call("GET", `${path}/race`)).body.data ?? {}).length).toBe(20);
  });

  test("that insists on a version gets a conflict when it is not that any more", async () => {
    const { body } = await server.call("POST", path, { body: configMap("cas") });
    const update = (value: string) => ({ ...body, data: { value } });
    const both = await Promise.all(["a", "b"].map((v) => server.call("PUT", `${path}/cas`, { body: update(v) })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  test("that changes nothing leaves the version as it is", async () => {
    const { body } = await server.call("POST", path, { body: configMap("same", { data: { a: "1" } }) });
    const again = await server.call("PATCH", `${path}/same`, { headers: merge, body: { data: { a: "1" } } });
    expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  test("two creations of one name: one is, one already exists", async () => {
    const both = await Promise.all([1, 2].map(() => server.call("POST", path, { body: configMap("once") })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
  });

  test("dry, stops before the store", async () => {
    const { head } = server.store;
    for (const [method, to, body] of [
      ["POST", `${path}?dryRun=All`, configMap("dry")],
      ["PUT", `${path}/cas?dryRun=All`, configMap("cas", { data: { dry: "1" } })],
      ["DELETE", `${path}/cas?dryRun=All`, undefined],
    ] as const)
      expect((await server.call(method, to, body === undefined ? {} : { body })).status).toBeLessThan(300);
    expect(server.store.head).toBe(head);
  });
});

test("a namespace and all that it starts with are one commit", async () => {
  const { body } = await server.call("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "one" } },
  });
  const account = await server.call("GET", "/api/v1/namespaces/one/serviceaccounts/default");
  const [first, second] = [body, account.body].map(({ metadata }) => Number(metadata.resourceVersion));
  expect(Math.abs((second ?? 0) - (first ?? 0))).toBeLessThanOrEqual(1);
  const again = await server.call("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "one" } },
  });
  expect(again.status).toBe(409);
});

describe("a Secret", () => {
  const value = "correct-horse-battery-staple";

  test("is sealed in the store, open in the answer, and in no audit record", async () => {
    const data = { password: Buffer.from(value).toString("base64") };
    await server.call("POST", "/api/v1/namespaces/default/secrets", {
      body: { apiVersion: "v1", kind: "Secret", metadata: { name: "db" }, data },
    });
    const stored = server.store.get({ group: "", resource: "secrets", namespace: "default", name: "db" });
    expect(Buffer.from(stored?.bytes ?? []).includes(data.password)).toBe(false);
    expect((await server.call("GET", "/api/v1/namespaces/default/secrets/db")).body.data).toEqual(data);
    const listed = await server.call("GET", "/api/v1/namespaces/default/secrets");
    expect(listed.body.items.map(({ data: open }) => open)).toContainEqual(data);
    const [line] = await server.watch("/api/v1/namespaces/default/secrets?watch=true", 1);
    expect(line).toMatchObject({ type: "ADDED", object: { data } });
    const all = JSON.stringify(records());
    expect(all).not.toContain(value);
    expect(all).not.toContain(data.password);
    expect(records().some(({ verb, objectRef }) => verb === "get" && objectRef?.name === "db")).toBe(true);
  });
});

describe("the audit log", () => {
  test("holds every write's record, and the chain is whole", async () => {
    await server.call("POST", path, { body: configMap("audited") });
    await server.call("DELETE", `${path}/audited`);
    const mine = records().filter(({ objectRef }) => objectRef?.name === "audited");
    expect(mine.map(({ verb, responseStatus }) => [verb, responseStatus.code])).toEqual([
      ["create", 201],
      ["delete", 200],
    ]);
  });

  test("never repeats the command that someone ran in a pod", async () => {
    await server.call("POST", "/api/v1/namespaces/default/pods/none/exec?container=c&command=echo&command=hunter2");
    const exec = records().find(({ requestURI }) => requestURI.includes("/exec"));
    expect(exec?.requestURI).toContain("command=<redacted>");
    expect(JSON.stringify(exec)).not.toContain("hunter2");
  });
});

describe("deletion", () => {
  test("waits for finalizers, and the last one's going is the end", async () => {
    await server.call("POST", path, {
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "held", finalizers: ["example.com/hold"] } },
    });
    const held = await server.call("DELETE", `${path}/held`);
    expect(held.body.metadata.deletionTimestamp).toBeDefined();
    await server.call("PATCH", `${path}/held`, { headers: merge, body: { metadata: { finalizers: null } } });
    expect((await server.call("GET", `${path}/held`)).status).toBe(404);
  });

  test("of a namespace only begins: what is in it goes first, and nothing new comes", async () => {
    const ns = "/api/v1/namespaces/ending";
    await server.call("POST", "/api/v1/namespaces", {
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "ending" } },
    });
    const { body } = await server.call<Body & { status: { phase: string }; spec: object }>("DELETE", ns);
    expect(body.status.phase).toBe("Terminating");
    expect((await server.call("POST", `${ns}/configmaps`, { body: configMap("late") })).status).toBe(403);
    const current = await server.call<Body & { spec: object }>("GET", ns);
    const done = await server.call("PUT", `${ns}/finalize`, { body: { ...current.body, spec: { finalizers: [] } } });
    expect(done.status).toBe(200);
    expect((await server.call("GET", ns)).status).toBe(404);
  });
});
