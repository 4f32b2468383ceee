import { request as http1 } from "node:https";
import { connect as tlsConnect } from "node:tls";
import { parseBody } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuthority } from "./certificates.ts";
import { type Body, configMap, request, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { maxResets: 20 } });
});
afterAll(() => server.close());

describe("who asks", () => {
  test("nobody may look at health and version, and at nothing else", async () => {
    for (const path of ["/livez", "/readyz", "/healthz", "/version"])
      expect((await server.call("GET", path, { as: "" })).status, path).toBe(200);
    for (const path of ["/metrics", "/api", "/apis", "/openapi/v3", "/api/v1/namespaces"])
      expect((await server.call("GET", path, { as: "" })).status, path).toBe(403);
  });

  test("a credential that does not hold makes nobody anonymous", async () => {
    expect((await server.call("GET", "/version", { as: "nonsense" })).status).toBe(401);
    expect((await server.call("GET", "/version", { as: "", headers: { authorization: "Basic eDp5" } })).status).toBe(
      401,
    );
  });

  test("a client certificate of our authority is its common name in its organizations", async () => {
    const session = server.session(server.authority.issue("carol", ["devs", "ops"]));
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const reply = await request<{ status: { userInfo: { username: string; groups: string[] } } }>(
      session,
      "POST",
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      { as: "", body: review },
    );
    expect(reply.body.status.userInfo).toMatchObject({
      username: "carol",
      groups: ["devs", "ops", "system:authenticated"],
    });
  });

  test("one of another authority, or past its time, is refused", async () => {
    const stranger = server.session(createAuthority("other").issue("admin", ["system:masters"]));
    expect((await request(stranger, "GET", "/version", { as: "" })).status).toBe(401);
    const old = server.authority.issue("admin", ["system:masters"], {
      from: Date.now() - 7_200_000,
      to: Date.now() - 3_600_000,
    });
    expect((await request(server.session(old), "GET", "/version", { as: "" })).status).toBe(401);
  });

  test("impersonation takes a right for every part of it", async () => {
    const as = (headers: Record<string, string>, who = "admin") =>
      server.call("GET", "/api/v1/namespaces", { as: who, headers });
    expect((await as({ "impersonate-user": "bob" })).body.message).toContain('User "bob" cannot list');
    expect((await as({ "impersonate-user": "bob", "impersonate-group": "system:masters" })).status).toBe(200);
    expect((await as({ "impersonate-user": "bob", "impersonate-group": "system:masters" }, "alice")).status).toBe(403);
    expect((await as({ "impersonate-extra-scopes": "x" })).status).toBe(400);
  });
});

describe("bounds", () => {
  const path = "/api/v1/namespaces/default/configmaps";

  test("a body past three megabytes is refused, announced or not", async () => {
    const body = JSON.stringify(configMap("big", { data: { a: "x".repeat(4 * 1024 * 1024) } }));
    const announced = await server.call("POST", path, { body, headers: { "content-length": String(body.length) } });
    expect([announced.status, announced.body.reason]).toEqual([413, "RequestEntityTooLarge"]);
  });

  test("a body that nests without end is refused before it is parsed", async () => {
    const reply = await server.call("POST", path, { body: `{"data":${"[".repeat(100_000)}` });
    expect(reply.status).toBe(400);
  });

  test("a body that does not arrive in time ends the request", async () => {
    // A server of its own: under load, whole bodies take longer than this, too.
    const hasty = await startTestServer({ limits: { bodyDeadline: 300 } });
    const session = hasty.session();
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      authorization: "Bearer admin",
      "content-type": "application/json",
    });
    stream.write('{"apiVersion":"v1",');
    const status = await new Promise((resolve) => stream.on("response", (headers) => resolve(headers[":status"])));
    expect(status).toBe(408);
    await hasty.close();
  });

  test("a session that opens streams only to reset them is closed", async () => {
    const session = server.session();
    const closed = new Promise<void>((resolve) => session.on("close", resolve));
    for (let i = 0; i < 60; i++) {
      const stream = session.request({ ":path": "/api/v1/namespaces?watch=true", authorization: "Bearer admin" });
      stream.on("error", () => {});
      stream.on("response", () => stream.close(8));
    }
    await closed;
    expect((await server.call("GET", "/livez", { as: "" })).status).toBe(200);
  });

  test("a path cannot leave its segment", async () => {
    for (const path of [
      "/api/v1/namespaces/default/configmaps/a%2Fb",
      "/api/v1/namespaces/..%2Fx/configmaps/a",
      "/api/v1/namespaces/%2e%2e/configmaps",
    ])
      expect((await server.call("GET", path)).status, path).toBe(404);
  });

  test("beyond the cap there is 429 with the time to wait, and watches do not count", async () => {
    const small = await startTestServer({ limits: { maxReads: 0 } });
    const reply = await small.call("GET", "/api/v1/namespaces");
    expect([reply.status, reply.headers["retry-after"], reply.body.reason]).toEqual([429, "1", "TooManyRequests"]);
    expect((await small.watch("/api/v1/namespaces?watch=true", 4)).length).toBe(4);
    await small.close();
  });
});

const fromYaml = (text: string): Body => parseBody(Buffer.from(text), "yaml").value as Body;

describe("protocols", () => {
  test("HTTP/1.1 is served beside HTTP/2", async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = http1(`${server.url}/version`, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve([response.statusCode, response.httpVersion]);
      });
      sent.on("error", reject);
      sent.end();
    });
    expect(status).toEqual([200, "1.1"]);
  });

  test("renewed certificates serve new connections, and those that stand go on", async () => {
    const standing = server.session();
    expect((await request(standing, "GET", "/livez", { as: "" })).status).toBe(200);
    const fingerprint = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = tlsConnect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        });
        socket.on("error", reject);
      });
    const before = await fingerprint();
    server.api.renew({ ...server.authority.issue("localhost"), clientCa: server.authority.cert });
    expect(await fingerprint()).not.toBe(before);
    expect((await request(standing, "GET", "/livez", { as: "" })).status).toBe(200);
  });

  test("YAML is answered to who asks for it: objects, lists, refusals, and what was just written; no watches", async () => {
    const path = "/api/v1/namespaces/kube-public/configmaps";
    const yaml = { accept: "application/yaml" };
    const ask = async (method: string, at: string, body?: unknown) => {
      const reply = await server.call(method, at, { headers: yaml, ...(body === undefined ? {} : { body }) });
      return { status: reply.status, type: reply.headers["content-type"], object: fromYaml(reply.text) };
    };
    const made = await ask("POST", path, configMap("in-yaml", { data: { version: "1.10", on: "yes" } }));
    expect(made).toMatchObject({ status: 201, type: "application/yaml" });
    expect(made.object.data).toEqual({ version: "1.10", on: "yes" });
    expect((await ask("GET", `${path}/in-yaml`)).object).toEqual(made.object);
    const list = await ask("GET", path);
    expect([list.type, list.object.kind]).toEqual(["application/yaml", "ConfigMapList"]);
    expect(list.object.items.map(({ metadata }) => metadata.name)).toContain("in-yaml");
    const absent = await ask("GET", `${path}/absent`);
    expect([absent.status, absent.type, absent.object.reason]).toEqual([404, "application/yaml", "NotFound"]);
    expect((await ask("GET", "/api")).object.kind).toBe("APIVersions");
    const watch = await server.call("GET", `${path}?watch=true`, { headers: yaml });
    expect([watch.status, fromYaml(watch.text).reason]).toEqual([406, "NotAcceptable"]);
  });

  test("a large list leaves whole on a session that others use meanwhile", async () => {
    const data = { a: "x".repeat(900_000) };
    for (let i = 0; i < 12; i++) {
      const made = await server.call("POST", "/api/v1/namespaces/kube-public/configmaps", {
        body: configMap(`large-${i}`, { data }),
      });
      expect([made.status, made.body.message ?? ""]).toEqual([201, ""]);
    }
    const all = await Promise.all([
      server.call("GET", "/api/v1/namespaces/kube-public/configmaps"),
      ...Array.from({ length: 30 }, () => server.call("GET", "/api/v1/namespaces/default")),
    ]);
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(all[0]?.body.items.length).toBeGreaterThanOrEqual(12);
  });
});
