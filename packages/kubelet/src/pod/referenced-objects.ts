import { type ConfigMap, type KubeObject, type Secret, StatusError } from "@bulkhead/api";
import { type Client, type Resource, resources } from "@bulkhead/client";
import type { ReferencedObjects } from "../config/environment.ts";

/** ConfigMaps and Secrets that pods name, read one by one, as a node may read no others. */
export interface ObjectSource {
  of(namespace: string): ReferencedObjects;
  /** Forgets what was not asked for lately. */
  sweep(): void;
}

interface Cached {
  readonly object: KubeObject | undefined;
  readonly at: number;
}

const keptFor = 600_000;

export function createObjectSource(client: Client, now: () => number): ObjectSource {
  const cache = new Map<string, Cached>();
  const asking = new Map<string, Promise<KubeObject | undefined>>();

  async function ask(
    resource: Resource,
    namespace: string,
    name: string,
    key: string,
  ): Promise<KubeObject | undefined> {
    const known = cache.get(key);
    try {
      const object = await client.get(resource, { namespace, name });
      cache.set(key, { object, at: now() });
      return object;
    } catch (error) {
      if (error instanceof StatusError && error.reason === "NotFound") {
        cache.set(key, { object: undefined, at: now() });
        return undefined;
      }
      // While the API is away, what it said last goes on.
      if (known?.object !== undefined && error instanceof StatusError && error.code >= 500) return known.object;
      throw error;
    }
  }

  async function get(resource: Resource, namespace: string, name: string): Promise<KubeObject | undefined> {
    const key = `${resource.resource}/${namespace}/${name}`;
    // Asked anew each time, so that a pod made after a change sees it; who asks meanwhile shares the answer.
    const running = asking.get(key) ?? ask(resource, namespace, name, key).finally(() => asking.delete(key));
    asking.set(key, running);
    return await running;
  }

  return {
    of: (namespace) => ({
      configMap: async (name) => (await get(resources.configMaps, namespace, name)) as ConfigMap | undefined,
      secret: async (name) => (await get(resources.secrets, namespace, name)) as Secret | undefined,
    }),
    sweep: () => {
      for (const [key, { at }] of cache) if (now() - at > keptFor) cache.delete(key);
    },
  };
}
