import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiServer } from "../src/index.ts";
import { signingKey } from "./certificates.ts";
import { type Body, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: { type: "object", properties: { size: { type: "integer", default: 3 }, color: { type: "string" } } },
        status: { type: "object", properties: { ready: { type: "boolean" } } },
      },
    },
  },
  subresources: { status: {} },
});

const definition = (plural: string, kind: string, scope: string, storage: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: "example.com",
    scope,
    names: { plural, kind },
    versions: [version("v1", storage === "v1"), version("v2", storage === "v2")],
  },
});

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const served = (path: string) => until(async () => (await server.call("GET", path)).status === 200);

test("a definition is established, served in all its versions, discovered, and gone with its instances", async () => {
  await server.call("POST", definitions, { body: definition("boxes", "Box", "Namespaced", "v1") });
  const path = "/apis/example.com/v1/namespaces/default/boxes";
  await served("/apis/example.com/v1/boxes");
  const box = {
    apiVersion: "example.com/v1",
    kind: "Box",
    metadata: { name: "b" },
    spec: { color: "red", nonsense: 1 },
  };
  const created = await server.call<Body & { spec: object }>("POST", path, { body: box });
  expect(created.body.spec).toEqual({ color: "red", size: 3 });
  expect(created.headers["warning"]).toContain('unknown field \\"spec.nonsense\\"');
  const other = await server.call<Body & { apiVersion: string }>(
    "GET",
    "/apis/example.com/v2/namespaces/default/boxes/b",
  );
  expect(other.body).toMatchObject({ apiVersion: "example.com/v2", kind: "Box", spec: { color: "red" } });
  const listed = await server.call("GET", "/apis/example.com/v2/boxes");
  expect(listed.body.items).toMatchObject([{ apiVersion: "example.com/v2", kind: "Box" }]);
  const status = await server.call<Body & { status: object }>("PATCH", `${path}/b/status`, {
    headers: { "content-type": "application/merge-patch+json" },
    body: { spec: { color: "blue" }, status: { ready: true } },
  });
  expect(status.body).toMatchObject({ spec: { color: "red" }, status: { ready: true }, metadata: { generation: 1 } });
  const found = await server.call<{ resources: { name: string }[] }>("GET", "/apis/example.com/v1");
  expect(found.body.resources.map(({ name }) => name)).toEqual(["boxes", "boxes/status"]);
  expect((await server.call("GET", "/openapi/v3")).text).toContain("apis/example.com/v1");
  await server.call("DELETE", `${definitions}/boxes.example.com`);
  await until(async () => (await server.call("GET", `${definitions}/boxes.example.com`)).status === 404);
  expect((await server.call("GET", path)).status).toBe(404);
  expect([...server.store.list({ group: "example.com", resource: "boxes", namespace: undefined }).items]).toEqual([]);
});

test("objects stored before the storage version changed are still served in every version", async () => {
  const { body } = await server.call("POST", definitions, { body: definition("jars", "Jar", "Namespaced", "v1") });
  await served("/apis/example.com/v1/jars");
  await server.call("POST", "/apis/example.com/v1/namespaces/default/jars", {
    body: { apiVersion: "example.com/v1", kind: "Jar", metadata: { name: "old" } },
  });
  const current = await server.call("GET", `${definitions}/jars.example.com`);
  const next = { ...definition("jars", "Jar", "Namespaced", "v2"), metadata: current.body.metadata };
  const blind = await server.call("PUT", `${definitions}/jars.example.com`, {
    body: definition("jars", "Jar", "Namespaced", "v2"),
  });
  expect([blind.status, blind.body.message]).toEqual([422, expect.stringContaining("must be specified for an update")]);
  expect((await server.call("PUT", `${definitions}/jars.example.com`, { body: next })).status).toBe(200);
  await until(async () => {
    const created = await server.call("POST", "/apis/example.com/v2/namespaces/default/jars?dryRun=All", {
      body: { apiVersion: "example.com/v2", kind: "Jar", metadata: { name: "new" } },
    });
    return created.status === 201;
  });
  for (const v of ["v1", "v2"])
    expect((await server.call("GET", `/apis/example.com/${v}/namespaces/default/jars`)).body.items).toMatchObject([
      { apiVersion: `example.com/${v}`, kind: "Jar", metadata: { name: "old" } },
    ]);
  expect(body.metadata.name).toBe("jars.example.com");
});

test("the scope is the definition's, whatever the URL says (CVE-2019-11247)", async () => {
  await server.call("POST", definitions, { body: definition("moons", "Moon", "Cluster", "v1") });
  await served("/apis/example.com/v1/moons");
  await server.call("POST", "/apis/example.com/v1/moons", {
    body: { apiVersion: "example.com/v1", kind: "Moon", metadata: { name: "m" } },
  });
  expect((await server.call("GET", "/apis/example.com/v1/namespaces/default/moons/m")).status).toBe(404);
  expect((await server.call("DELETE", "/apis/example.com/v1/namespaces/default/moons/m")).status).toBe(404);
  expect((await server.call("GET", "/apis/example.com/v1/moons/m")).status).toBe(200);
});

test("a second definition that wants a taken name waits unestablished", async () => {
  const again = definition("satellites", "Moon", "Cluster", "v1");
  await server.call("POST", definitions, { body: again });
  await until(async () => {
    const { body } = await server.call<Body & { status?: { conditions?: { type: string; status: string }[] } }>(
      "GET",
      `${definitions}/satellites.example.com`,
    );
    return body.status?.conditions?.some(({ type, status }) => type === "NamesAccepted" && status === "False") === true;
  });
  expect((await server.call("GET", "/apis/example.com/v1/satellites")).status).toBe(404);
});

test("OpenReports' kinds are served: another tool's report is kept as it is, and one that is none is refused", async () => {
  const reports = "/apis/openreports.io/v1alpha1/namespaces/default/reports";
  const report = {
    apiVersion: "openreports.io/v1alpha1",
    kind: "Report",
    metadata: { name: "of-another-tool" },
    source: "kyverno",
    scope: { kind: "Namespace", name: "default" },
    summary: { pass: 1, fail: 1, warn: 0, error: 0, skip: 0 },
    results: [
      {
        policy: "require-labels",
        rule: "team",
        category: "Best Practice",
        result: "fail",
        scored: true,
        severity: "medium",
        timestamp: { seconds: 1_700_000_000, nanos: 0 },
        resources: [{ apiVersion: "v1", kind: "Pod", name: "web", namespace: "default" }],
        message: "no team",
        properties: { a: "b" },
      },
    ],
  };
  const made = await server.call<Body & typeof report>("POST", reports, { body: report });
  expect([made.status, made.body.results, made.body.summary]).toEqual([201, report.results, report.summary]);
  const wrong = { ...report, metadata: { name: "wrong" }, results: [{ policy: "p", result: "perhaps" }] };
  expect((await server.call("POST", reports, { body: wrong })).status).toBe(422);
  const table = await server.call<{ rows: { cells: unknown[] }[] }>("GET", reports, {
    headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
  });
  expect(table.body.rows.map(({ cells }) => cells.slice(0, 8))).toEqual([
    ["of-another-tool", "Namespace", "default", 1, 1, 0, 0, 0],
  ]);
});

test("a definition of OpenReports that is still ours is put right at the next start, somebody else's is left alone", async () => {
  const before = await startTestServer();
  const changed = async (plural: string, labels: object): Promise<void> => {
    const body = { metadata: { labels }, spec: { names: { shortNames: ["others"] } } };
    const headers = { "content-type": "application/merge-patch+json" };
    const path = `${definitions}/${plural}.openreports.io`;
    expect((await before.call("PATCH", path, { headers, body })).status).toBe(200);
    await until(async () => {
      const accepted = await before.call<{ status: { acceptedNames: { shortNames?: string[] } } }>("GET", path);
      return accepted.body.status.acceptedNames.shortNames?.[0] === "others";
    });
  };
  const shortNames = (plural: string): unknown => {
    const key = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions", namespace: "" };
    const stored = before.store.get({ ...key, name: `${plural}.openreports.io` });
    const { spec } = JSON.parse(Buffer.from(stored?.bytes ?? []).toString()) as { spec: { names: object } };
    return (spec.names as { shortNames?: unknown }).shortNames;
  };
  try {
    await changed("reports", { "app.kubernetes.io/managed-by": null });
    await changed("clusterreports", {});
    await before.api.close(0);
    // In life the process before is gone; here its last writes may be under way.
    let seen = -1;
    for (; before.store.head !== seen; await new Promise((resolve) => setTimeout(resolve, 300)))
      seen = before.store.head;
    const after = await createApiServer({
      store: before.store,
      mode: "kubernetes",
      certificates: { ...before.authority.issue("localhost"), clientCa: before.authority.cert },
      tokens: { signingKey: signingKey() },
    });
    await after.close(0);
    expect([shortNames("reports"), shortNames("clusterreports")]).toEqual([["others"], ["creps"]]);
  } finally {
    await before.close();
  }
});
