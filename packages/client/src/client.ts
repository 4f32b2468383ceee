import { constants, type OutgoingHttpHeaders } from "node:http2";
import { type KubeList, type KubeObject, type Log, type ObjectName, StatusError } from "@bulkhead/api";
import { pause } from "./backoff.ts";
import { type Authenticator, bearerToken, type Impersonation, impersonationHeaders, tokenFile } from "./credentials.ts";
import { type Answer, exchange, RefusedStream } from "./exchange.ts";
import { failureOf, unreachable } from "./failure.ts";
import { listParameters, queryString, resourcePath } from "./path.ts";
import { createTransport, type TlsMaterial, type Transport } from "./transport.ts";
import type { Client, DeleteOptions, ListOptions, PatchType, Resource, WatchEvent, WriteOptions } from "./types.ts";
import { watchStream } from "./watch.ts";

export interface ClientOptions {
  /** A connection shared with other clients, which stays open when this client closes. Else give `server`. */
  readonly transport?: Transport;
  /** `https://host:port`. */
  readonly server?: string;
  readonly tls?: TlsMaterial | (() => TlsMaterial | Promise<TlsMaterial>);
  readonly createConnection?: (url: URL) => import("node:stream").Duplex;
  readonly token?: string;
  /** Read again when it changes. */
  readonly tokenFile?: string;
  /** Any other way to say who asks; wins over `token` and `tokenFile`. */
  readonly authenticate?: Authenticator;
  readonly impersonate?: Impersonation;
  /** `User-Agent`, which is the default field manager's name too; default `bulkhead`. */
  readonly userAgent?: string;
  /** Milliseconds for a request and its whole answer, default 30,000. Watches are not bound by it. */
  readonly requestTimeout?: number;
  /** Bytes of an answer at most, default 256 MiB. */
  readonly maxAnswer?: number;
  /** Bytes of one watch event at most, default 8 MiB. */
  readonly maxEvent?: number;
  readonly log?: Log;
}

const contentTypes: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

const retries = 5;

/** A server that does not know the form answers whole objects. */
const metadataList = { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json" };
const metadataWatch = { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json" };

/** A typed client of a Kubernetes API over one HTTP/2 connection. Answers of 429 with Retry-After are tried again. */
export function createClient(options: ClientOptions): Client {
  const own = options.transport === undefined;
  const transport = options.transport ?? ownTransport(options);
  const authenticate = authenticator(options);
  const fixed: OutgoingHttpHeaders = {
    accept: "application/json",
    "user-agent": options.userAgent ?? "bulkhead",
    ...(options.impersonate === undefined ? {} : impersonationHeaders(options.impersonate)),
  };
  const deadline = options.requestTimeout ?? 30_000;
  const maxAnswer = options.maxAnswer ?? 256 * 1024 * 1024;

  const headersOf = async (
    method: string,
    path: string,
    more: OutgoingHttpHeaders = {},
  ): Promise<OutgoingHttpHeaders> => ({
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_PATH]: path,
    ...fixed,
    ...(await authenticate()),
    ...more,
  });

  async function send(
    method: string,
    path: string,
    body?: Uint8Array | string,
    more?: OutgoingHttpHeaders,
  ): Promise<Answer> {
    const until = Date.now() + deadline;
    for (let attempt = 0; ; attempt++) {
      const left = Math.max(1, until - Date.now());
      try {
        const headers = await headersOf(method, path, more);
        const answer = await exchange(transport, { headers, body, deadline: left, maxAnswer });
        const wait = Number(answer.headers["retry-after"] ?? Number.NaN) * 1000;
        if (answer.status !== 429 || !(wait < until - Date.now()) || attempt >= retries) return answer;
        await pause(wait + Math.random() * 200);
      } catch (error) {
        // A refused stream did nothing; a read may be repeated. Anything else may have happened: the caller must look.
        const harmless =
          error instanceof RefusedStream ||
          (method === "GET" && error instanceof StatusError && error.reason === "ServiceUnavailable");
        if (!harmless || attempt >= 1 || Date.now() >= until) throw error;
      }
    }
  }

  async function ask<T>(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
    more: OutgoingHttpHeaders = {},
  ): Promise<T> {
    const answer =
      body === undefined
        ? await send(method, path, undefined, more)
        : await send(method, path, JSON.stringify(body), { "content-type": contentType });
    if (answer.status >= 400) throw failureOf(answer.status, answer.body);
    try {
      return JSON.parse(answer.body.toString("utf8")) as T;
    } catch (error) {
      throw unreachable(transport.server, "the answer is no JSON: is this a Kubernetes API?", error);
    }
  }

  return {
    get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, more?: { subresource?: string }) {
      return ask<T>("GET", resourcePath(resource, name.namespace, name.name, more?.subresource));
    },
    async list<T extends KubeObject>(resource: Resource<T>, more: ListOptions = {}) {
      const path = resourcePath(resource, more.namespace) + queryString(listParameters(more));
      const form = more.metadataOnly === true ? metadataList : {};
      const list = await ask<KubeList<T>>("GET", path, undefined, undefined, form);
      // Servers leave kind and apiVersion out of a list's items.
      const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
      for (const item of (list.items ??= [])) {
        if (item.kind === undefined || item.kind === "PartialObjectMetadata") {
          item.apiVersion = apiVersion;
          item.kind = resource.kind;
        }
      }
      return list;
    },
    async *watch<T extends KubeObject>(
      resource: Resource<T>,
      more: ListOptions & { readonly resourceVersion: string },
      signal: AbortSignal,
    ): AsyncGenerator<WatchEvent<T>> {
      const query = { ...listParameters(more), watch: true, allowWatchBookmarks: true };
      const form = more.metadataOnly === true ? metadataWatch : {};
      const headers = await headersOf("GET", resourcePath(resource, more.namespace) + queryString(query), form);
      yield* watchStream<T>(transport, headers, {
        signal,
        maxEvent: options.maxEvent ?? 8 * 1024 * 1024,
        answerWithin: deadline,
      });
    },
    create<T extends KubeObject>(resource: Resource<T>, object: T, more: WriteOptions = {}) {
      const name = more.subresource === undefined ? undefined : (object.metadata.name ?? "");
      const path = resourcePath(resource, object.metadata.namespace, name, more.subresource);
      return ask<T>("POST", path + writeQuery(more), object);
    },
    update<T extends KubeObject>(resource: Resource<T>, object: T, more: WriteOptions = {}) {
      const { namespace, name = "" } = object.metadata;
      return ask<T>("PUT", resourcePath(resource, namespace, name, more.subresource) + writeQuery(more), object);
    },
    patch<T extends KubeObject>(
      resource: Resource<T>,
      name: ObjectName,
      type: PatchType,
      body: unknown,
      more: WriteOptions & { readonly force?: boolean } = {},
    ) {
      const path = resourcePath(resource, name.namespace, name.name, more.subresource);
      return ask<T>("PATCH", path + writeQuery(more, more.force), body, contentTypes[type]);
    },
    async delete<T extends KubeObject>(resource: Resource<T>, name: ObjectName, more: DeleteOptions = {}) {
      await ask("DELETE", resourcePath(resource, name.namespace, name.name), deleteBody(more));
    },
    async deleteCollection<T extends KubeObject>(resource: Resource<T>, more: ListOptions & DeleteOptions) {
      const path = resourcePath(resource, more.namespace) + queryString(listParameters(more));
      await ask("DELETE", path, deleteBody(more));
    },
    post<A>(path: string, body: unknown) {
      return ask<A>("POST", path, body);
    },
    raw(method, path, body, headers) {
      return send(method, path, body, headers === undefined ? {} : { ...headers });
    },
    close() {
      if (own) transport.close();
    },
  };
}

function ownTransport(options: ClientOptions): Transport {
  if (options.server === undefined) throw new TypeError("createClient needs a server or a transport");
  return createTransport({
    server: options.server,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.createConnection === undefined ? {} : { createConnection: options.createConnection }),
    ...(options.log === undefined ? {} : { log: options.log }),
  });
}

function authenticator(options: ClientOptions): Authenticator {
  if (options.authenticate !== undefined) return options.authenticate;
  if (options.token !== undefined) return bearerToken(options.token);
  if (options.tokenFile !== undefined) return tokenFile(options.tokenFile);
  const nobody = {};
  return () => nobody;
}

const writeQuery = (options: WriteOptions, force?: boolean): string =>
  queryString({
    fieldManager: options.fieldManager,
    dryRun: options.dryRun === true ? "All" : undefined,
    force: force === true ? true : undefined,
  });

const deleteBody = (options: DeleteOptions): object => ({
  kind: "DeleteOptions",
  apiVersion: "v1",
  ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
  ...(options.propagationPolicy === undefined ? {} : { propagationPolicy: options.propagationPolicy }),
  ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
});
