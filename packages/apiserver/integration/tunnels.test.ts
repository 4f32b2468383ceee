import type { AddressInfo } from "node:net";
import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
let agent: Server;
/** Request heads that the agent got, in order. */
const heads: string[] = [];

/** An agent as far as the API server sees one: it answers heads by hand and echoes what a tunnel brings. */
function answer(socket: Socket): void {
  let head = "";
  let open = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    if (open) {
      socket.write(chunk.toString().toUpperCase());
      return;
    }
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    heads.push(head);
    if (head.startsWith("GET /containerLogs")) {
      socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nline1\r\n6\r\nline22\r\n0\r\n\r\n");
      return;
    }
    if (head.startsWith("GET /stats/summary")) {
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 8\r\n\r\n{"a": 1}');
      return;
    }
    if (head.startsWith("GET /healthz")) {
      socket.end("HTTP/1.1 302 Found\r\nlocation: https://elsewhere/\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    if (head.includes("/refused/")) {
      socket.end("HTTP/1.1 302 Found\r\nlocation: https://elsewhere/\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    open = true;
    socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: SPDY/3.1\r\nconnection: Upgrade\r\n\r\nhello ");
  });
}

beforeAll(async () => {
  agent = createServer(answer);
  await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
  const { port } = agent.address() as AddressInfo;
  server = await startTestServer({
    agents: {
      dial: (node) =>
        new Promise((resolve, reject) => {
          if (node !== "one") {
            reject(new Error("no such node"));
            return;
          }
          const socket = netConnect(port, "127.0.0.1", () => resolve(socket));
          socket.on("error", reject);
        }),
    },
  });
  for (const [name, nodeName] of [
    ["web", "one"],
    ["refused", "one"],
    ["lost", "gone"],
  ])
    await server.call("POST", "/api/v1/namespaces/default/pods", {
      body: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: { nodeName, containers: [{ name: "c", image: "example.com/a:1" }] },
      },
    });
});
afterAll(async () => {
  await server.close();
  await new Promise((resolve) => agent.close(resolve));
});

/** Sends a head over HTTP/1.1 and gives the connection with what came first. */
function raw(
  path: string,
  headers: readonly string[],
  token = "admin",
): Promise<{ readonly socket: TLSSocket; readonly first: string }> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect(
      { port: server.port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] },
      () => {
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncookie: secret=1\r\n${headers.join("\r\n")}\r\n\r\n`,
        );
      },
    );
    socket.once("data", (chunk) => resolve({ socket, first: chunk.toString() }));
    socket.on("error", reject);
  });
}

const spdy = ["connection: Upgrade", "upgrade: SPDY/3.1", "x-stream-protocol-version: v4.channel.k8s.io"];
const pod = "/api/v1/namespaces/default/pods";

describe("a tunnel", () => {
  test("passes bytes both ways once the agent agreed", async () => {
    const { socket, first } = await raw(`${pod}/web/exec?command=cat&stdin=true&stdout=true&container=c`, spdy);
    expect(first).toContain("101 Switching Protocols");
    const echoed = new Promise((resolve) => {
      let all = first.split("\r\n\r\n")[1] ?? "";
      const look = () => all.includes("SPDY BYTES") && resolve(all);
      socket.on("data", (chunk) => {
        all += chunk.toString();
        look();
      });
      socket.write("spdy bytes");
    });
    expect(await echoed).toBe("hello SPDY BYTES");
    socket.destroy();
  });

  test("carries no credential to the agent", () => {
    const [head = ""] = heads;
    expect(head).toMatch(
      /^POST \/exec\/default\/web\/[0-9a-f-]{36}\/c\?command=cat&stdin=true&stdout=true HTTP\/1\.1\r\n/,
    );
    expect(head.toLowerCase()).not.toMatch(/authorization|cookie|impersonate/);
  });

  test("that the agent refuses is an error, and nothing rides on the connection (CVE-2018-1002105)", async () => {
    const { socket, first } = await raw(`${pod}/refused/exec?command=x&container=c`, spdy);
    expect(first).toMatch(/^HTTP\/1\.1 500 /);
    expect(first).toContain("connection: close");
    expect(first).not.toContain("elsewhere");
    await new Promise((resolve) => socket.on("close", resolve));
  });

  test("by a WebSocket that the runtime does not speak is refused, so that clients fall back to SPDY", async () => {
    const { socket, first } = await raw(`${pod}/web/exec?command=x&container=c`, [
      "connection: Upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-protocol: v5.channel.k8s.io",
    ]);
    expect(first).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  test("is for who may enter pods, and to nodes that answer", async () => {
    expect((await raw(`${pod}/web/exec?command=x&container=c`, spdy, "alice")).first).toMatch(/^HTTP\/1\.1 403 /);
    expect((await raw(`${pod}/web/exec?command=x&container=c`, spdy, "nonsense")).first).toMatch(/^HTTP\/1\.1 401 /);
    expect((await raw(`${pod}/lost/exec?command=x&container=c`, spdy)).first).toMatch(/^HTTP\/1\.1 503 /);
    expect((await raw("/api/v1/namespaces/default/pods", spdy)).first).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe("logs", () => {
  test("are passed on with what was asked for", async () => {
    const reply = await server.call(
      "GET",
      `${pod}/web/log?tailLines=2&timestamps=true&insecureSkipTLSVerifyBackend=true`,
    );
    expect([reply.status, reply.text]).toEqual([200, "line1line22"]);
    expect(heads.at(-1)).toMatch(/^GET \/containerLogs\/default\/web\/c\?timestamps=true&tailLines=2 /);
  });

  test("of a node that does not answer are 503", async () => {
    expect((await server.call("GET", `${pod}/lost/log`)).status).toBe(503);
  });
});

describe("a node's proxy", () => {
  const nodes = "/api/v1/nodes";

  beforeAll(async () => {
    for (const name of ["one", "gone"])
      await server.call("POST", nodes, { body: { apiVersion: "v1", kind: "Node", metadata: { name } } });
  });

  test("gives what may be read of its agent, under our own media type and with no credential", async () => {
    const read = await server.call("GET", `${nodes}/one/proxy/stats/summary?x=1`);
    expect([read.status, read.body]).toEqual([200, { a: 1 }]);
    expect(read.headers["content-type"]).toBe("application/json");
    const head = heads.at(-1) ?? "";
    expect(head).toMatch(/^GET \/stats\/summary HTTP\/1\.1\r\n/);
    expect(head.toLowerCase()).not.toMatch(/authorization|cookie|impersonate/);
  });

  test("leads to nothing else: no path of the agent's that enters containers, no redirect, no unknown node", async () => {
    const before = heads.length;
    for (const path of ["", "/", "/exec/default/web/u/c?command=id", "/run/default/web/c", "/containerLogs/a/b/c"]) {
      const refused = await server.call("GET", `${nodes}/one/proxy${path}`);
      expect([path, refused.status]).toEqual([path, 403]);
    }
    for (const path of ["/stats%2fsummary", "/stats/../exec"])
      expect((await server.call("GET", `${nodes}/one/proxy${path}`)).status).toBeGreaterThanOrEqual(400);
    expect((await server.call("POST", `${nodes}/one/proxy/stats/summary`, { body: {} })).status).toBe(405);
    expect((await server.call("GET", `${nodes}/unknown/proxy/healthz`)).status).toBe(404);
    expect(heads).toHaveLength(before);
    const moved = await server.call("GET", `${nodes}/one/proxy/healthz`);
    expect(moved.status).toBe(500);
    expect(JSON.stringify(moved.headers)).not.toContain("elsewhere");
    expect((await server.call("GET", `${nodes}/gone/proxy/healthz`)).status).toBe(503);
  });

  test("is not upgraded, whoever asks", async () => {
    const { socket, first } = await raw(`${nodes}/one/proxy/exec/default/web/u/c?command=id`, spdy);
    expect(first).toMatch(/^HTTP\/1\.1 4\d\d /);
    socket.destroy();
  });

  test("needs nodes/proxy: reading nodes is not enough", async () => {
    const refused = await server.call("GET", `${nodes}/one/proxy/stats/summary`, { as: "alice" });
    expect(refused.status).toBe(403);
  });
});
