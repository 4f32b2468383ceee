import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { StatusError } from "@bulkhead/api";
import { type Client, type ClientOptions, createClient, createTransport, resources } from "@bulkhead/client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { answer, type Handler, startTestServer, type TestServer } from "./test-server.ts";

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function pair(
  handler: Handler,
  options: Partial<ClientOptions> = {},
): Promise<{ server: TestServer; client: Client }> {
  const server = await startTestServer(handler);
  const client = createClient({ server: server.url, tls: { ca: server.ca }, ...options });
  undo.push(
    () => server.close(),
    () => client.close(),
  );
  return { server, client };
}

const pod = { apiVersion: "v1", kind: "Pod", metadata: { namespace: "n", name: "p" }, spec: { containers: [] } };
const name = { namespace: "n", name: "p" };

describe("client over a real HTTP/2 connection", () => {
  it("asks by path, query, body and content type for each verb", async () => {
    const { server, client } = await pair((stream) => answer(stream, 200, { ...pod, items: [], metadata: {} }));
    await client.get(resources.pods, name);
    await client.list(resources.deployments, { labelSelector: "a=b", limit: 5 });
    await client.create(resources.pods, pod, { fieldManager: "me", dryRun: true });
    await client.update(resources.pods, pod, { subresource: "status" });
    await client.patch(resources.pods, name, "apply", pod, { fieldManager: "me", force: true });
    await client.delete(resources.pods, name, { propagationPolicy: "Foreground", preconditions: { uid: "u" } });
    await client.deleteCollection(resources.pods, { namespace: "n" });
    await client.post("/api/v1/namespaces/n/pods/p/binding", {});
    await client.get(resources.clusterRoles, { namespace: "", name: "system:x/y" });
    expect(
      server.seen.map((seen) => `${seen.method} ${seen.path} ${String(seen.headers["content-type"] ?? "")}`),
    ).toEqual([
      "GET /api/v1/namespaces/n/pods/p ",
      "GET /apis/apps/v1/deployments?labelSelector=a%3Db&limit=5 ",
      "POST /api/v1/namespaces/n/pods?fieldManager=me&dryRun=All application/json",
      "PUT /api/v1/namespaces/n/pods/p/status application/json",
      "PATCH /api/v1/namespaces/n/pods/p?fieldManager=me&force=true application/apply-patch+yaml",
      "DELETE /api/v1/namespaces/n/pods/p application/json",
      "DELETE /api/v1/namespaces/n/pods application/json",
      "POST /api/v1/namespaces/n/pods/p/binding application/json",
      "GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Ax%2Fy ",
    ]);
    expect(JSON.parse(server.seen[5]!.body)).toMatchObject({
      propagationPolicy: "Foreground",
      preconditions: { uid: "u" },
    });
    expect(server.connections).toBe(1);
  });

  it("puts kind and apiVersion into a list's items", async () => {
    const { client } = await pair((stream) =>
      answer(stream, 200, { metadata: {}, items: [{ metadata: { name: "p" } }] }),
    );
    expect((await client.list(resources.deployments)).items[0]).toMatchObject({
      apiVersion: "apps/v1",
      kind: "Deployment",
    });
  });

  it("turns failures into StatusError, whatever the body", async () => {
    const { server, client } = await pair((stream) =>
      answer(stream, 404, {
        kind: "Status",
        reason: "NotFound",
        message: 'pods "p" not found',
        details: { name: "p" },
      }),
    );
    await expect(client.get(resources.pods, name)).rejects.toMatchObject({
      reason: "NotFound",
      code: 404,
      details: { name: "p" },
    });
    server.handler = (stream) => {
      stream.respond({ ":status": 502 });
      stream.end("<html>bad gateway</html>");
    };
    const error: unknown = await client.get(resources.pods, name).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ code: 502, message: "<html>bad gateway</html>" });
    server.handler = (stream) => {
      stream.respond({ ":status": 200 });
      stream.end("<html>");
    };
    await expect(client.get(resources.pods, name)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
  });

  it("signs in by token, by a token file that changes, by a function, and as another", async () => {
    const folder = await mkdtemp(join(tmpdir(), "client-"));
    undo.push(() => rm(folder, { recursive: true }));
    const path = join(folder, "token");
    await writeFile(path, "one\n");
    const { server, client } = await pair((stream) => answer(stream, 200, pod), {
      token: "fixed",
      impersonate: { user: "alice", groups: ["a", "b"] },
    });
    await client.get(resources.pods, name);
    expect(server.seen[0]!.headers).toMatchObject({ authorization: "Bearer fixed", "impersonate-user": "alice" });
    expect(server.seen[0]!.headers["impersonate-group"]).toBe("a, b");
    const { tokenFile } = await import("@bulkhead/client");
    const other = createClient({ server: server.url, tls: { ca: server.ca }, authenticate: tokenFile(path, 0) });
    undo.push(() => other.close());
    await other.get(resources.pods, name);
    await writeFile(path, "second");
    await other.get(resources.pods, name);
    expect(server.seen.slice(1).map((seen) => seen.headers["authorization"])).toEqual(["Bearer one", "Bearer second"]);
  });

  it("connects again after the connection broke", async () => {
    const { server, client } = await pair((stream) => answer(stream, 200, pod));
    await client.get(resources.pods, name);
    server.dropConnections();
    await client.get(resources.pods, name);
    await client.get(resources.pods, name);
    expect(server.connections).toBe(2);
  });

  it("closes a connection that nobody uses, and keeps one that carries a watch", async () => {
    const server = await startTestServer((stream, seen) => {
      if (!seen.path.includes("watch=true")) return answer(stream, 200, pod);
      stream.respond({ ":status": 200 });
    });
    const transport = createTransport({ server: server.url, tls: { ca: server.ca }, pingInterval: 50 });
    const client = createClient({ transport });
    undo.push(
      () => server.close(),
      () => transport.close(),
    );
    await client.get(resources.pods, name);
    await vi.waitFor(() => expect(server.open).toBe(0));
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of client.watch(resources.pods, { resourceVersion: "1" }, stop.signal)) void event;
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect({ open: server.open, connections: server.connections }).toEqual({ open: 1, connections: 2 });
    stop.abort();
    await watching;
  });

  it("repeats a read whose connection broke, and never a write", async () => {
    let broken = 0;
    const { server, client } = await pair((stream) => {
      if (broken++ === 0) return stream.session?.destroy();
      return answer(stream, 200, pod);
    });
    await client.get(resources.pods, name);
    expect(server.seen).toHaveLength(2);
    broken = 0;
    await expect(client.create(resources.pods, pod)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
    expect(server.seen).toHaveLength(3);
  });

  it("says so when nobody listens, when the certificate is a stranger's, and when it is closed", async () => {
    const { server, client } = await pair((stream) => answer(stream, 200, pod));
    const stranger = createClient({ server: server.url });
    undo.push(() => stranger.close());
    await expect(stranger.get(resources.pods, name)).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringContaining("certificate") as string,
    });
    client.close();
    await expect(client.get(resources.pods, name)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
    const nobody = createClient({ server: "https://localhost:1" });
    undo.push(() => nobody.close());
    await expect(nobody.get(resources.pods, name)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
  });

  it("keeps its own deadline and bound", async () => {
    const { server, client } = await pair(() => {}, { requestTimeout: 100, maxAnswer: 1000 });
    await expect(client.get(resources.pods, name)).rejects.toMatchObject({ reason: "Timeout" });
    server.handler = (stream) => answer(stream, 200, { ...pod, fill: "x".repeat(2000) });
    await expect(client.get(resources.pods, name)).rejects.toMatchObject({
      message: expect.stringContaining("larger than 1000 bytes") as string,
    });
  });

  it("tries again after 429 with Retry-After, and gives up without one", async () => {
    let asked = 0;
    const busy = { kind: "Status", reason: "TooManyRequests", message: "busy" };
    const { server, client } = await pair((stream) =>
      asked++ === 0 ? answer(stream, 429, busy, { "retry-after": "0" }) : answer(stream, 200, pod),
    );
    await client.create(resources.pods, pod);
    expect(server.seen).toHaveLength(2);
    server.handler = (stream) => answer(stream, 429, busy);
    await expect(client.create(resources.pods, pod)).rejects.toMatchObject({ reason: "TooManyRequests" });
  });

  it("shares one connection among clients, also over a connection made by another", async () => {
    const { server } = await pair((stream) => answer(stream, 200, pod));
    const transport = createTransport({
      server: "https://localhost",
      createConnection: () =>
        tlsConnect({
          host: "localhost",
          port: Number(new URL(server.url).port),
          ca: server.ca,
          servername: "localhost",
          ALPNProtocols: ["h2"],
        }),
    });
    undo.push(() => transport.close());
    const one = createClient({ transport, token: "1" });
    const two = createClient({ transport, token: "2" });
    await Promise.all([one.get(resources.pods, name), two.get(resources.pods, name)]);
    one.close();
    await two.get(resources.pods, name);
    expect(server.connections).toBe(1);
    expect(server.seen.map((seen) => seen.headers["authorization"])).toEqual(["Bearer 1", "Bearer 2", "Bearer 2"]);
  });
});
