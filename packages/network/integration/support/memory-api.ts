import { type KubeList, type KubeObject, notFound } from "@bulkhead/api";
import type { Client, ListOptions, Resource, WatchEvent } from "@bulkhead/client";

interface Stored {
  readonly resource: Resource;
  readonly object: KubeObject;
}

type Listener = (event: WatchEvent<KubeObject>, resource: Resource) => void;

/** A Kubernetes API in memory: enough of lists, watches and writes for what follows objects. */
export interface MemoryApi extends Client {
  put<T extends KubeObject>(resource: Resource<T>, object: T): T;
  drop(resource: Resource, namespace: string, name: string): void;
  all<T extends KubeObject>(resource: Resource<T>): T[];
}

const typeKey = (resource: Resource): string => `${resource.group}/${resource.resource}`;

export function memoryApi(): MemoryApi {
  const objects = new Map<string, Stored>();
  const listeners = new Set<Listener>();
  let revision = 1;
  const keyOf = (resource: Resource, namespace: string, name: string): string =>
    `${typeKey(resource)}/${namespace}/${name}`;
  const tell = (type: WatchEvent<KubeObject>["type"], resource: Resource, object: KubeObject): void => {
    for (const listener of listeners) listener({ type, object }, resource);
  };

  function put<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const key = keyOf(resource, object.metadata.namespace ?? "", object.metadata.name ?? "");
    const known = objects.get(key);
    revision++;
    const stored = structuredClone(object);
    stored.apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    stored.kind = resource.kind;
    stored.metadata.resourceVersion = String(revision);
    stored.metadata.uid ??= `uid-${revision}`;
    objects.set(key, { resource, object: stored });
    tell(known === undefined ? "ADDED" : "MODIFIED", resource, stored);
    return stored;
  }

  function all<T extends KubeObject>(resource: Resource<T>, namespace?: string): T[] {
    return [...objects.values()]
      .filter((s) => typeKey(s.resource) === typeKey(resource))
      .map((s) => s.object as T)
      .filter((o) => namespace === undefined || o.metadata.namespace === namespace);
  }

  async function* watch<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const queue: WatchEvent<T>[] = all(resource)
      .filter((o) => Number(o.metadata.resourceVersion) > Number(options.resourceVersion))
      .map((object) => ({ type: "ADDED", object }));
    let wake = (): void => {};
    const listener: Listener = (event, of) => {
      if (typeKey(of) !== typeKey(resource)) return;
      queue.push(event as WatchEvent<T>);
      wake();
    };
    listeners.add(listener);
    const stop = (): void => wake();
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        const next = queue.shift();
        if (next !== undefined) yield structuredClone(next);
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      listeners.delete(listener);
      signal.removeEventListener("abort", stop);
    }
  }

  const unsupported = (): never => {
    throw new Error("not served by the API in memory");
  };

  return {
    put,
    all,
    drop(resource, namespace, name) {
      const key = keyOf(resource, namespace, name);
      const known = objects.get(key);
      if (known === undefined) return;
      objects.delete(key);
      revision++;
      tell("DELETED", resource, {
        ...known.object,
        metadata: { ...known.object.metadata, resourceVersion: String(revision) },
      });
    },
    watch,
    get: async (resource, name) => {
      const found = objects.get(keyOf(resource, name.namespace, name.name));
      if (found === undefined) throw notFound(resource.group, resource.resource, name.name);
      return structuredClone(found.object) as never;
    },
    list: async <T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<KubeList<T>> => ({
      apiVersion: "v1",
      kind: `${resource.kind}List`,
      metadata: { resourceVersion: String(revision) },
      items: structuredClone(all(resource, options?.namespace)),
    }),
    create: async (resource, object) => put(resource, object),
    update: async (resource, object) => put(resource, object),
    patch: async (resource, name, _type, body) => {
      const found = objects.get(keyOf(resource, name.namespace, name.name));
      if (found === undefined) throw notFound(resource.group, resource.resource, name.name);
      return put(resource, { ...found.object, ...(body as object) } as never);
    },
    delete: unsupported,
    deleteCollection: unsupported,
    post: unsupported,
    raw: unsupported,
    close() {},
  };
}
