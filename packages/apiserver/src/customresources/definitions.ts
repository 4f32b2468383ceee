import { isDeepStrictEqual } from "node:util";
import { type CustomResourceDefinition, customResourceKind, type KubeObject, type Log } from "@bulkhead/api";
import { type Store, type StoredObject, StoreError, type WatchHandle } from "@bulkhead/store";
import { objectSchema } from "../resources/built-in-schema.ts";
import { beginDeletion } from "../resources/delete.ts";
import { peek } from "../resources/object-bytes.ts";
import type { RegisteredKind, ResourceRegistry } from "../resources/registry.ts";
import { servedResource } from "../resources/served-resource.ts";
import { timestamp } from "../resources/services.ts";
import { putOf, removeOf } from "../resources/stored-write.ts";
import { cleanupFinalizer, decidedStatus, isEstablished, withCondition } from "./conditions.ts";

const query = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions", namespace: undefined } as const;

/** Milliseconds between looks at what still holds a definition that is going. */
const lookAgain = 500;

/** The kinds that a definition brings: one a served version. */
export function kindsOf(definition: CustomResourceDefinition): RegisteredKind[] {
  if (!isEstablished(definition)) return [];
  const storageVersion = definition.spec.versions.find((version) => version.storage)?.name ?? "";
  const { listKind } = definition.spec.names;
  return definition.spec.versions
    .filter((version) => version.served)
    .map((version) => {
      const { row, schema } = customResourceKind(definition, version);
      const resource = servedResource(row, {
        custom: true,
        storageVersion,
        ...(listKind === undefined ? {} : { listKind }),
      });
      return {
        resource,
        schema: objectSchema(resource, schema, false),
        definitionSchema: version.schema?.openAPIV3Schema,
      };
    });
}

export interface Definitions {
  /** Resolves when every definition that is stored now is decided and served. */
  readonly settled: Promise<void>;
  close(): void;
}

/**
 * Serves CustomResourceDefinitions: accepts their names, establishes them, keeps the registry in step, and clears away
 * the instances of those that are deleted. Level-triggered: each look starts from what is stored.
 */
export function serveDefinitions(options: {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly log: Log;
  readonly now: () => number;
}): Definitions {
  const { store, registry, log } = options;
  const served = new Map<string, StoredObject>();
  let handle: WatchHandle | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;

  const look = async (): Promise<void> => {
    const stored = [...store.list(query).items];
    const seen = new Set<string>();
    let waiting = false;
    for (const object of stored) {
      seen.add(object.key.name);
      const definition = peek<CustomResourceDefinition>(object);
      if (served.get(object.key.name) !== object) {
        registry.replace(object.key.name, kindsOf(definition));
        served.set(object.key.name, object);
      }
      if (definition.metadata.deletionTimestamp !== undefined)
        waiting = (await clear(options, definition, object)) || waiting;
      else await decide(options, definition, object, stored);
    }
    for (const name of served.keys())
      if (!seen.has(name)) {
        registry.replace(name, []);
        served.delete(name);
      }
    if (waiting && !closed) timer = setTimeout(wake, lookAgain);
  };

  const wake = (): void => {
    clearTimeout(timer);
    if (closed) return;
    if (running !== undefined) {
      again = true;
      return;
    }
    running = look()
      .catch((error: unknown) => {
        if (!closed) log.error({ err: error }, "custom resource definitions could not be looked at");
      })
      .finally(() => {
        running = undefined;
        if (!again) return;
        again = false;
        wake();
      });
  };

  const follow = (): void => {
    if (closed) return;
    handle = store.watch(
      { ...query, from: undefined },
      {
        onEvents: wake,
        onEnd: (why) => {
          if (why === "closed") return;
          follow();
          wake();
        },
      },
    );
  };
  follow();
  wake();
  // Two rounds: one writes the statuses, the next serves what they establish.
  const settled = (async (): Promise<void> => {
    for (let round = 0; round < 2; round++) {
      await running;
      wake();
      await running;
    }
  })();
  return {
    settled,
    close: () => {
      closed = true;
      clearTimeout(timer);
      handle?.close();
    },
  };
}

type Options = Parameters<typeof serveDefinitions>[0];

const isConflict = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === "conflict" || error.code === "absent");

async function write(options: Options, definition: CustomResourceDefinition, revision: number): Promise<void> {
  const kind = options.registry.stored(query.group, query.resource);
  if (kind === undefined) return;
  const gone =
    definition.metadata.deletionTimestamp !== undefined && (definition.metadata.finalizers ?? []).length === 0;
  const change = gone ? removeOf(kind.resource, definition, revision) : putOf(kind.resource, definition, revision);
  try {
    await options.store.commit({ writes: [change] });
  } catch (error) {
    // Someone else wrote it: their change wakes the next look.
    if (!isConflict(error)) throw error;
  }
}

async function decide(
  options: Options,
  definition: CustomResourceDefinition,
  object: StoredObject,
  stored: readonly StoredObject[],
): Promise<void> {
  const others = stored.filter((other) => other !== object).map((other) => peek<CustomResourceDefinition>(other));
  const status = decidedStatus(definition, others, timestamp(options.now()));
  if (isDeepStrictEqual(status, definition.status)) return;
  await write(options, { ...structuredClone(definition), status }, object.revision);
}

/** Deletes the instances of a definition that is going. True: some are held by finalizers still. */
async function clear(options: Options, definition: CustomResourceDefinition, object: StoredObject): Promise<boolean> {
  const { store, registry } = options;
  if (!(definition.metadata.finalizers ?? []).includes(cleanupFinalizer)) return false;
  const { group, names } = definition.spec;
  const kind = registry.stored(group, names.plural) ?? kindsOf(definition)[0];
  let left = 0;
  if (kind !== undefined)
    for (const instance of store.list({ group, resource: names.plural, namespace: undefined }).items) {
      const draft = JSON.parse(Buffer.from(store.open(instance)).toString()) as KubeObject;
      const { gone, changed } = beginDeletion(draft, {} as never, () => undefined, options.now());
      if (!gone) left++;
      if (!gone && !changed) continue;
      const change = gone
        ? removeOf(kind.resource, draft, instance.revision)
        : putOf(kind.resource, draft, instance.revision);
      await store.commit({ writes: [change] }).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
        left++;
      });
    }
  if (left > 0) return true;
  const next = structuredClone(definition);
  next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer);
  if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers;
  if (next.status !== undefined)
    next.status.conditions = withCondition(
      next.status.conditions ?? undefined,
      {
        type: "Terminating",
        status: "False",
        reason: "InstanceDeletionCompleted",
        message: "removed all instances",
      },
      timestamp(options.now()),
    );
  await write(options, next, object.revision);
  return false;
}
