import { once } from "node:events";
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import type { KubeObject } from "@bulkhead/api";
import { selfSigned } from "./self-signed.ts";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What a test makes of a request; answers by itself. */
export type Handler = (stream: ServerHttp2Stream, seen: Seen) => void;

/** A real HTTP/2 server under TLS with whatever manners a test needs. */
export interface TestServer {
  readonly url: string;
  readonly ca: string;
  readonly seen: Seen[];
  /** How many there were, and how many there are. */
  readonly connections: number;
  readonly open: number;
  handler: Handler;
  dropConnections(): void;
  close(): Promise<void>;
}

export async function startTestServer(handler: Handler): Promise<TestServer> {
  const { cert, key } = selfSigned();
  const server: Http2SecureServer = createSecureServer({ cert, key });
  const sessions = new Set<ServerHttp2Session>();
  const seen: Seen[] = [];
  let connections = 0;
  server.on("session", (session) => {
    connections++;
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => {});
  });
  const made = { handler };
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const one: Seen = {
        method: String(headers[":method"]),
        path: String(headers[":path"]),
        headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      made.handler(stream, one);
    });
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: cert,
    seen,
    get connections() {
      return connections;
    },
    get open() {
      return sessions.size;
    },
    get handler() {
      return made.handler;
    },
    set handler(next) {
      made.handler = next;
    },
    dropConnections() {
      for (const session of sessions) session.destroy();
    },
    async close() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export function answer(
  stream: ServerHttp2Stream,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  stream.respond({ ":status": status, "content-type": "application/json", ...headers });
  stream.end(JSON.stringify(body));
}

/** A small API of config maps: list in pages, watch from a version, with a history that can be forgotten. */
export function createMiniApi() {
  let version = 10;
  let oldest = 0;
  const objects = new Map<string, KubeObject>();
  const history: Array<{ readonly version: number; readonly line: string }> = [];
  const watchers = new Set<ServerHttp2Stream>();
  const publish = (type: string, object: unknown): void => {
    const line = `${JSON.stringify({ type, object })}\n`;
    history.push({ version, line });
    for (const watcher of watchers) watcher.write(line);
  };
  return {
    put(name: string, data: string, uid = `u-${name}`): void {
      version++;
      const object = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: "n", name, uid, resourceVersion: String(version), managedFields: [] },
        data: { data },
      };
      const type = objects.has(name) ? "MODIFIED" : "ADDED";
      objects.set(name, object);
      publish(type, object);
    },
    remove(name: string): void {
      version++;
      const old = objects.get(name);
      if (old === undefined) throw new Error(`no ${name}`);
      objects.delete(name);
      publish("DELETED", { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } });
    },
    bookmark(): void {
      const line = { type: "BOOKMARK", object: { kind: "ConfigMap", metadata: { resourceVersion: String(version) } } };
      for (const watcher of watchers) watcher.write(`${JSON.stringify(line)}\n`);
    },
    forget(): void {
      oldest = version;
    },
    endWatches(): void {
      for (const watcher of watchers) watcher.end();
    },
    get watching() {
      return watchers.size;
    },
    handler(stream: ServerHttp2Stream, seen: Seen): void {
      const url = new URL(seen.path, "https://x");
      if (url.searchParams.get("watch") === "true") {
        const from = Number(url.searchParams.get("resourceVersion"));
        stream.respond({ ":status": 200, "content-type": "application/json" });
        if (from < oldest) {
          const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
          return void stream.end(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
        }
        for (const event of history) if (event.version > from) stream.write(event.line);
        watchers.add(stream);
        stream.on("close", () => watchers.delete(stream));
        return;
      }
      const limit = Number(url.searchParams.get("limit") ?? 0);
      const from = Number(url.searchParams.get("continue") ?? 0);
      const all = [...objects.values()];
      const items = limit > 0 ? all.slice(from, from + limit) : all;
      const more = from + items.length < all.length;
      answer(stream, 200, {
        apiVersion: "v1",
        kind: "ConfigMapList",
        metadata: { resourceVersion: String(version), ...(more ? { continue: String(from + items.length) } : {}) },
        items: items.map((item) => ({ ...item, apiVersion: undefined, kind: undefined })),
      });
    },
  };
}
