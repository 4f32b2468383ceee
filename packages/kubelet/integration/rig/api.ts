import { EventEmitter, on } from "node:events";
import {
  alreadyExists,
  conflict,
  type KubeList,
  type KubeObject,
  notFound,
  type ObjectName,
  type Pod,
  StatusError,
} from "@bulkhead/api";
import type { Client, DeleteOptions, ListOptions, Resource, WatchEvent } from "@bulkhead/client";

type Json = Record<string, unknown>;

/** Strategic merge as far as a node's writes need it: maps merge, conditions merge by type, other lists are replaced. */
function merge(target: Json, patch: Json): Json {
  const out: Json = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else if (Array.isArray(value)) out[key] = mergeList(key, (out[key] as Json[] | undefined) ?? [], value as Json[]);
    else if (typeof value === "object") out[key] = merge((out[key] as Json | undefined) ?? {}, value as Json);
    else out[key] = value;
  }
  return out;
}

function mergeList(key: string, old: readonly Json[], items: readonly Json[]): Json[] {
  if (items[0]?.["$patch"] === "replace") return items.slice(1);
  if (key !== "conditions") return [...items];
  const merged = old.map((each) => {
    const change = items.find(({ type }) => type === each["type"]);
    return change === undefined ? each : merge(each, change);
  });
  return [
    ...merged,
    ...items.filter(({ type }) => !old.some((each) => each["type"] === type)).map((each) => merge({}, each)),
  ];
}

/** An API in memory: enough of the client's contract for an agent, with finalizer-free graceful deletion of pods. */
export interface MemoryApi {
  readonly client: Client;
  /** While true every call fails as if the server were away. */
  away: boolean;
  put<T extends KubeObject>(resource: string, object: T): T;
  get<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined;
  all<T extends KubeObject>(resource: string): T[];
  /** Resolves with the first state for which `is` holds. */
  until(
    namespace: string,
    name: string,
    is: (pod: Pod | undefined) => boolean,
    milliseconds?: number,
  ): Promise<Pod | undefined>;
  /** As `kubectl delete pod`. */
  deletePod(namespace: string, name: string, grace: number): void;
  /** Events told of an object, `reason: message`. */
  eventsOf(name: string): string[];
  readonly tokens: string[];
}

export function createMemoryApi(): MemoryApi {
  const objects = new Map<string, KubeObject>();
  const changes = new EventEmitter().setMaxListeners(0);
  const tokens: string[] = [];
  let version = 1;
  let uids = 0;
  const keyOf = (resource: string, namespace: string | undefined, name: string | undefined) =>
    `${resource}/${namespace ?? ""}/${name ?? ""}`;

  const store = (resource: string, object: KubeObject, type: WatchEvent<KubeObject>["type"]): KubeObject => {
    const stored = structuredClone(object);
    stored.metadata.resourceVersion = String(++version);
    const key = keyOf(resource, stored.metadata.namespace, stored.metadata.name);
    if (type === "DELETED") objects.delete(key);
    else objects.set(key, stored);
    changes.emit("change", { resource, type, object: stored });
    return structuredClone(stored);
  };

  const matches = (object: KubeObject, options: ListOptions): boolean => {
    if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return false;
    const [, node] = /^spec\.nodeName=(.*)$/.exec(options.fieldSelector ?? "") ?? [];
    return node === undefined || (object as Pod).spec?.nodeName === node;
  };

  const api: MemoryApi = {
    away: false,
    tokens,
    put: (resource, object) => {
      const key = keyOf(resource, object.metadata.namespace, object.metadata.name);
      const known = objects.get(key);
      const made = structuredClone(object);
      made.metadata.uid ??= known?.metadata.uid ?? `uid-${++uids}`;
      made.metadata.generation ??= 1;
      made.metadata.creationTimestamp ??= new Date().toISOString();
      return store(resource, made, known === undefined ? "ADDED" : "MODIFIED") as typeof object;
    },
    get: (resource, namespace, name) => objects.get(keyOf(resource, namespace, name)) as never,
    all: (resource) =>
      [...objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object) as never,
    until: async (namespace, name, is, milliseconds = 40_000) => {
      const now = () => objects.get(keyOf("pods", namespace, name)) as Pod | undefined;
      if (is(now())) return now();
      const timeout = AbortSignal.timeout(milliseconds);
      try {
        for await (const _ of on(changes, "change", { signal: timeout })) if (is(now())) return now();
      } catch (error) {
        const status = JSON.stringify(now()?.status, undefined, 1);
        throw new Error(`pod ${name} did not come to it: ${status}\n${api.eventsOf(name).join("\n")}`, {
          cause: error,
        });
      }
      return undefined;
    },
    deletePod: (namespace, name, grace) => {
      const pod = objects.get(keyOf("pods", namespace, name));
      if (pod === undefined) return;
      const dying = structuredClone(pod);
      dying.metadata.deletionTimestamp = new Date(Date.now() + grace * 1000).toISOString();
      dying.metadata.deletionGracePeriodSeconds = grace;
      store("pods", dying, "MODIFIED");
    },
    eventsOf: (name) =>
      api
        .all<KubeObject & { involvedObject?: { name?: string }; reason?: string; message?: string }>("events")
        .filter((event) => event.involvedObject?.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`),
    client: undefined as unknown as Client,
  };

  const here = (): void => {
    if (api.away) throw new StatusError({ reason: "ServiceUnavailable", message: "the API is away" });
  };
  const find = (resource: Resource, name: ObjectName): KubeObject => {
    here();
    const object = objects.get(keyOf(resource.resource, resource.namespaced ? name.namespace : "", name.name));
    if (object === undefined) throw notFound(resource.group, resource.resource, name.name);
    return object;
  };

  const client: Client = {
    get: async (resource, name) => structuredClone(find(resource, name)) as never,
    list: async (resource, options = {}) => {
      here();
      const items = api.all(resource.resource).filter((object) => matches(object, options));
      return {
        apiVersion: "v1",
        kind: "List",
        metadata: { resourceVersion: String(version) },
        items: structuredClone(items),
      } as KubeList as never;
    },
    watch: async function* (resource, options, signal) {
      here();
      const since = Number(options.resourceVersion);
      for (const object of api.all(resource.resource)) {
        if (Number(object.metadata.resourceVersion) > since && matches(object, options)) {
          yield { type: "MODIFIED", object: structuredClone(object) } as never;
        }
      }
      try {
        for await (const [change] of on(changes, "change", { signal })) {
          if (api.away) throw new StatusError({ reason: "ServiceUnavailable", message: "the API is away" });
          const { resource: of, type, object } = change as { resource: string } & WatchEvent<KubeObject>;
          if (of === resource.resource && matches(object, options))
            yield { type, object: structuredClone(object) } as never;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    create: async (resource, object) => {
      here();
      if (objects.has(keyOf(resource.resource, object.metadata.namespace, object.metadata.name))) {
        throw alreadyExists(resource.group, resource.resource, object.metadata.name ?? "");
      }
      return api.put(resource.resource, object);
    },
    update: async (resource, object) => {
      find(resource, { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" });
      return api.put(resource.resource, object);
    },
    patch: async (resource, name, _type, body) => {
      const known = find(resource, name);
      const uid = (body as { metadata?: { uid?: string } }).metadata?.uid;
      if (uid !== undefined && uid !== known.metadata.uid) throw conflict("", resource.resource, name.name, "uid");
      const merged = merge(structuredClone(known) as unknown as Json, structuredClone(body) as Json);
      return store(resource.resource, merged as unknown as KubeObject, "MODIFIED") as never;
    },
    delete: async (resource, name, options?: DeleteOptions) => {
      const known = find(resource, name);
      const uid = options?.preconditions?.uid;
      if (uid !== undefined && uid !== known.metadata.uid) throw conflict("", resource.resource, name.name, "uid");
      store(resource.resource, known, "DELETED");
    },
    deleteCollection: async () => {},
    post: async (path, body) => {
      here();
      const token = `token-${tokens.length}`;
      tokens.push(`${path} ${JSON.stringify((body as Json)["spec"])}`);
      return { status: { token, expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString() } } as never;
    },
    raw: async () => ({ status: 404, headers: {}, body: Buffer.alloc(0) }),
    close: () => {},
  };
  return Object.assign(api, { client });
}
