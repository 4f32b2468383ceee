import type { KubeObject, Log } from "@bulkhead/api";
import { createInformer } from "./informer.ts";
import type { Client, Informer, Resource } from "./types.ts";

/** One informer a resource, shared by everyone in the process who asks: idle memory counts. */
export interface InformerFactory {
  of<T extends KubeObject>(resource: Resource<T>): Informer<T>;
  /** Resolves when every informer asked for so far has its first list. */
  synced(): Promise<void>;
}

export interface InformerFactoryOptions {
  /** Whose rights the lists and watches are made with. */
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly log?: Log;
  /** Per resource, by `resource.group`: leaves out of the copy what nobody here reads. Managed fields are dropped already. */
  readonly transforms?: Readonly<Record<string, (object: KubeObject) => KubeObject>>;
}

/** All controllers of a process take their informers from one factory. */
export function createInformerFactory(options: InformerFactoryOptions): InformerFactory {
  const informers = new Map<string, Informer<KubeObject>>();
  return {
    of<T extends KubeObject>(resource: Resource<T>): Informer<T> {
      const key = `${resource.group}/${resource.version}/${resource.resource}`;
      const known = informers.get(key);
      // The key names the type: the same resource always holds the same kind.
      if (known !== undefined) return known as unknown as Informer<T>;
      const more = options.transforms?.[`${resource.resource}.${resource.group}`];
      const made = createInformer<T>({
        client: options.client,
        resource,
        signal: options.signal,
        ...(options.log === undefined ? {} : { log: options.log }),
        ...(more === undefined
          ? {}
          : {
              transform: (object: T) => {
                delete object.metadata.managedFields;
                return more(object) as T;
              },
            }),
      });
      informers.set(key, made as unknown as Informer<KubeObject>);
      return made;
    },
    async synced() {
      await Promise.all([...informers.values()].map((informer) => informer.synced));
    },
  };
}
