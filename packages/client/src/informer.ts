import { type KubeList, type KubeObject, type Log, type ObjectName, silentLog } from "@bulkhead/api";
import { createBackoff, pause } from "./backoff.ts";
import { hasReason } from "./failure.ts";
import { createObjectCache } from "./object-cache.ts";
import type { Client, Informer, Resource, WatchEvent } from "./types.ts";

export interface InformerOptions<T extends KubeObject> {
  readonly client: Client;
  readonly resource: Resource<T>;
  readonly signal: AbortSignal;
  /** One namespace only. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Keeps apiVersion, kind and metadata only, and asks the server for no more. */
  readonly metadataOnly?: boolean;
  /** Applied to every object before it is kept; default drops `metadata.managedFields`. May change what it is handed. */
  readonly transform?: (object: T) => T;
  /** Objects a page of the list, default 500. */
  readonly pageSize?: number;
  /** Milliseconds of the first wait after a failure, default 250; grows to 30 s with jitter. */
  readonly backoffBase?: number;
  readonly log?: Log;
}

/** Managed fields are often half of an object and no controller reads them. */
export function dropManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}

const nameKey = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

/** Whatever form the server answered in, what is kept names its own kind. */
function keepMetadata<T extends KubeObject>(resource: Resource<T>): (object: T) => T {
  const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  return ({ metadata }) => dropManagedFields({ apiVersion, kind: resource.kind, metadata } as T);
}

/**
 * Keeps a local copy by list and watch until the signal aborts. Level triggered: handlers hear that something changed,
 * and the copy is the truth. A watch that ends is resumed where it stopped; 410 lists anew and tells the difference.
 */
export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const { client, resource, signal, log = silentLog, pageSize = 500 } = options;
  const transform = options.transform ?? (options.metadataOnly === true ? keepMetadata(resource) : dropManagedFields);
  const cache = createObjectCache<T>();
  const handlers: Array<(current: T | undefined, previous: T | undefined) => void> = [];
  const { promise: synced, resolve: markSynced } = Promise.withResolvers<void>();
  const selection = {
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
    ...(options.metadataOnly === true ? { metadataOnly: true } : {}),
  };

  const tell = (current: T | undefined, previous: T | undefined): void => {
    for (const handler of handlers) {
      try {
        handler(current, previous);
      } catch (error) {
        log.error({ error, resource: resource.resource }, "an informer's handler threw");
      }
    }
  };

  /** An object of the same name is another when its UID is: the one before has gone. */
  function tellReplaced(object: T, previous: T | undefined): void {
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (previous === undefined || previous.metadata.uid === object.metadata.uid) return tell(object, previous);
    tell(undefined, previous);
    tell(object, undefined);
  }

  /** A new list replaces the copy, once it is there whole; what differs is told. Answers the list's version. */
  async function relist(): Promise<string> {
    const items: T[] = [];
    let version: string | undefined;
    let next: string | undefined;
    do {
      const page: KubeList<T> = await client.list(resource, {
        ...selection,
        limit: pageSize,
        ...(next === undefined ? {} : { continue: next }),
      });
      version = page.metadata.resourceVersion ?? version;
      for (const item of page.items) items.push(transform(item));
      next = page.metadata.continue === "" ? undefined : page.metadata.continue;
    } while (next !== undefined);
    const there = new Set(items.map(nameKey));
    const gone = cache.list().filter((old) => !there.has(nameKey(old)));
    // The copy is whole before the first handler looks at it.
    const changes = items.map((object) => [object, cache.put(object)] as const);
    for (const old of gone) cache.remove(old);
    for (const [object, previous] of changes) tellReplaced(object, previous);
    for (const old of gone) tell(undefined, old);
    return version ?? "0";
  }

  function apply(event: WatchEvent<T>): void {
    switch (event.type) {
      case "ADDED":
      case "MODIFIED": {
        const object = transform(event.object);
        return tellReplaced(object, cache.put(object));
      }
      case "DELETED": {
        const object = transform(event.object);
        if (cache.remove(object) !== undefined) tell(undefined, object);
        return;
      }
      case "BOOKMARK":
        return;
    }
  }

  async function run(): Promise<void> {
    const backoff = createBackoff({ base: options.backoffBase ?? 250, cap: 30_000, jitter: 1 });
    let version: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (version === undefined) {
          version = await relist();
          failures = 0;
          markSynced();
        }
        const started = Date.now();
        let events = 0;
        for await (const event of client.watch(resource, { ...selection, resourceVersion: version }, signal)) {
          version = event.object.metadata.resourceVersion ?? version;
          apply(event);
          if (events++ === 0) backoff.reset();
        }
        // A server that ends watches at once must not be asked in a tight loop.
        if (events === 0 && Date.now() - started < 1_000) await pause(backoff.next(), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (hasReason(error, "Expired", "Gone")) {
          version = undefined;
          log.debug({ resource: resource.resource }, "watch too old: listing anew");
        } else {
          // One failure is a restart somewhere; what goes on, or will not mend by itself, a person should see.
          const lasting = hasReason(error, "Forbidden", "Unauthorized") ? failures === 0 : failures === 3;
          failures++;
          const about = { resource: `${resource.resource}.${resource.group}`, error: String(error) };
          if (lasting) log.warn(about, "list or watch fails: trying again");
          else log.debug(about, "list or watch failed: trying again");
        }
        await pause(backoff.next(), signal);
      }
    }
  }

  void run();
  return {
    synced,
    get: (name: ObjectName) => cache.get(name),
    list: (namespace?: string) => cache.list(namespace),
    onChange: (handler) => {
      handlers.push(handler);
      // Whoever comes late hears of everything that is there already.
      for (const object of cache.list()) handler(object, undefined);
    },
  };
}
