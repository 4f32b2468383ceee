import type { KubeObject, Log } from "@bulkhead/api";
import { createInformer, dropManagedFields } from "./informer.ts";
import type { Client, Informer, Resource } from "./types.ts";

/** A part of a resource, kept apart from the whole of it. */
export interface InformerSelection {
  /** Only what matches, when nobody needs the rest. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** One informer a resource, shared by everyone in the process who asks: idle memory counts. */
export interface InformerFactory {
  of<T extends KubeObject>(resource: Resource<T>, selection?: InformerSelection): Informer<T>;
  /** The whole resource's informer, if somebody has asked for it. */
  existing<T extends KubeObject>(resource: Resource<T>): Informer<T> | undefined;
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

  // A key names the type: the same resource always holds the same kind.
  const known = <T extends KubeObject>(key: string) => informers.get(key) as unknown as Informer<T> | undefined;

  function make<T extends KubeObject>(resource: Resource<T>, selection: InformerSelection): Informer<T> {
    const more = options.transforms?.[`${resource.resource}.${resource.group}`];
    return createInformer<T>({
      client: options.client,
      resource,
      signal: options.signal,
      ...selection,
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(more === undefined ? {} : { transform: (object: T) => more(dropManagedFields(object)) as T }),
    });
  }

  return {
    of(resource, selection = {}) {
      const key = keyOf(resource, selection);
      const shared = known<NonNullable<(typeof resource)["$type"]>>(key);
      if (shared !== undefined) return shared;
      const made = make(resource, selection);
      informers.set(key, made as unknown as Informer<KubeObject>);
      return made;
    },
    existing: (resource) => known(keyOf(resource, {})),
    async synced() {
      await Promise.all([...informers.values()].map((informer) => informer.synced));
    },
  };
}

const keyOf = (resource: Resource, { fieldSelector = "", labelSelector = "" }: InformerSelection): string =>
  [resource.group, resource.version, resource.resource, fieldSelector, labelSelector].join("/");
