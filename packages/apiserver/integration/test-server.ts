import { mkdtemp, rm } from "node:fs/promises";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalProvider } from "@bulkhead/keyring";
import { openStore, type Store } from "@bulkhead/store";
import { type ApiServer, type ApiServerOptions, createApiServer, type User } from "../src/index.ts";
import { type Authority, createAuthority, type KeyPair, signingKey } from "./certificates.ts";

/** An answer, looked into as far as a test says. */
export interface Body {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly generation?: number;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly items: readonly Body[];
  readonly data?: Readonly<Record<string, string>>;
}

export interface Reply<T = Body> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: T;
  readonly text: string;
}

export interface Call {
  readonly as?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestServer {
  readonly port: number;
  readonly store: Store;
  readonly api: ApiServer;
  readonly authority: Authority;
  readonly url: string;
  /** A call over HTTP/2 with a bearer token (default `admin`; "" for none). */
  call<T = Body>(method: string, path: string, call?: Call): Promise<Reply<T>>;
  /** Lines of a watch until `count` came or the watch ended. */
  watch(path: string, count: number, as?: string): Promise<WatchLine[]>;
  /** A session of its own, with a client certificate if given. */
  session(certificate?: KeyPair): ClientHttp2Session;
  close(): Promise<void>;
}

export interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly code?: number;
    readonly reason?: string;
    readonly metadata: {
      readonly name: string;
      readonly resourceVersion: string;
      readonly annotations?: Record<string, string>;
    };
  };
}

const user = (name: string, ...groups: string[]): User => ({ name, uid: "", groups, extra: {} });

/** Tokens that every test server knows: the token is the user's name. */
const users: readonly User[] = [
  user("admin", "system:masters"),
  user("alice", "devs"),
  user("system:node:one", "system:nodes"),
  user("system:node:two", "system:nodes"),
];

export function request<T = Body>(
  session: ClientHttp2Session,
  method: string,
  path: string,
  call: Call = {},
): Promise<Reply<T>> {
  const as = call.as ?? "admin";
  const sent =
    call.body === undefined ? undefined : typeof call.body === "string" ? call.body : JSON.stringify(call.body);
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": method,
      ":path": path,
      ...(as === "" ? {} : { authorization: `Bearer ${as}` }),
      ...(sent === undefined ? {} : { "content-type": "application/json" }),
      "user-agent": "test/1",
      ...call.headers,
    });
    let head: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (headers) => {
      head = headers;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      const text = Buffer.concat(chunks).toString();
      const json = String(head["content-type"] ?? "").includes("json");
      resolve({
        status: Number(head[":status"] ?? 0),
        headers: head,
        text,
        body: (json && text !== "" ? JSON.parse(text.split("\n")[0] ?? "") : {}) as T,
      });
    });
    stream.end(sent);
  });
}

function watchLines(session: ClientHttp2Session, path: string, count: number, as: string): Promise<WatchLine[]> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, authorization: `Bearer ${as}` });
    const lines: WatchLine[] = [];
    let rest = "";
    const done = (): void => {
      stream.close();
      resolve(lines);
    };
    stream.on("data", (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) if (part !== "") lines.push(JSON.parse(part) as WatchLine);
      if (lines.length >= count) done();
    });
    stream.on("end", done);
    stream.on("error", reject);
  });
}

/** A server over a real store in a folder of its own. */
export async function startTestServer(options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "apiserver-"));
  const store = await openStore({
    folder: join(folder, "store"),
    sealed: (group, resource) => group === "" && resource === "secrets",
    keyProvider: await openLocalProvider({ folder: join(folder, "keys") }),
  });
  const authority = createAuthority("test clients");
  const serving = authority.issue("localhost");
  const api = await createApiServer({
    store,
    mode: "kubernetes",
    certificates: { ...serving, clientCa: authority.cert },
    tokens: { signingKey: signingKey() },
    staticTokens: new Map(users.map((of) => [of.name, of])),
    ...options,
  });
  const { port } = await api.listen({ host: "127.0.0.1", port: 0 });
  const url = `https://127.0.0.1:${port}`;
  const sessions = new Set<ClientHttp2Session>();
  const session = (certificate?: KeyPair): ClientHttp2Session => {
    const made = connect(url, { rejectUnauthorized: false, ...certificate });
    made.on("error", () => {});
    sessions.add(made);
    return made;
  };
  const main = session();
  return {
    port,
    store,
    api,
    authority,
    url,
    session,
    call: (method, path, call) => request(main, method, path, call),
    watch: (path, count, as = "admin") => watchLines(main, path, count, as),
    close: async () => {
      for (const one of sessions) one.destroy();
      await api.close(200);
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const configMap = (name: string, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...more,
});
