import { isDeepStrictEqual } from "node:util";
import { type FieldError, invalid, type KubeObject, validateObjectMetaUpdate } from "@bulkhead/api";
import { type StoredObject, StoreError } from "@bulkhead/store";
import { allocate, mutate, validate } from "../admission/admission.ts";
import type { ServedResource } from "./served-resource.ts";
import { putOf, removeOf } from "./stored-write.ts";
import { commit, factsOf, Gathered, ownerOf, storeFailure, type WriteContext, type Written } from "./write.ts";

/** The part of update that a resource and its subresources do differently. */
interface UpdateStrategy {
  prepare(draft: KubeObject, old: KubeObject): void;
  validate(next: KubeObject, old: KubeObject): FieldError[];
  readonly resetFields: readonly string[];
  readonly ownedFields?: readonly string[];
}

export function strategyOf(context: Pick<WriteContext, "resource" | "services">, subresource: string): UpdateStrategy {
  const { row } = context.resource;
  const facts = factsOf(context.services);
  // A binding's handler has checked all that may change.
  if (subresource === "binding") return { prepare: () => {}, validate: () => [], resetFields: [] };
  const sub = subresource === "" ? undefined : row.subresources[subresource];
  if (sub !== undefined)
    return {
      prepare: (draft, old) => sub.prepareUpdate(draft, old, facts),
      validate: (next, old) => sub.validateUpdate(next, old),
      resetFields: sub.resetFields,
      ...(sub.ownedFields === undefined ? {} : { ownedFields: sub.ownedFields }),
    };
  return {
    prepare: (draft, old) => row.prepareUpdate(draft, old, facts),
    validate: (next, old) => row.validateUpdate(next, old),
    resetFields: row.resetFields,
  };
}

/** What no update changes, whatever the client sent. */
function keepSystemFields(draft: KubeObject, old: KubeObject): void {
  const { metadata } = draft;
  const was = old.metadata;
  delete metadata.selfLink;
  metadata.uid ??= was.uid;
  if ((metadata.uid as string) === "") metadata.uid = was.uid;
  metadata.creationTimestamp = was.creationTimestamp;
  if (was.deletionTimestamp === undefined) delete metadata.deletionTimestamp;
  else metadata.deletionTimestamp ??= was.deletionTimestamp;
  if (was.deletionGracePeriodSeconds === undefined) delete metadata.deletionGracePeriodSeconds;
  else metadata.deletionGracePeriodSeconds ??= was.deletionGracePeriodSeconds;
}

/** Whether this update takes the last thing that holds an object whose deletion has begun. */
function releases(object: KubeObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers?.length ?? 0) > 0) return false;
  if ((metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const spec = (object as { spec?: { finalizers?: unknown[] } }).spec;
  return object.kind !== "Namespace" || (spec?.finalizers?.length ?? 0) === 0;
}

export interface UpdateRequest {
  readonly current: StoredObject;
  readonly old: KubeObject;
  readonly draft: KubeObject;
  /** managedFields were already settled (server-side apply). */
  readonly tracked: boolean;
}

/**
 * One attempt to replace an object. Gives undefined when someone else was faster and the caller may try again from the
 * top with what is there now.
 */
export async function attemptUpdate(context: WriteContext, attempt: UpdateRequest): Promise<Written | undefined> {
  const { resource, services, schema } = context;
  const { current, old, draft } = attempt;
  const { row } = resource;
  const strategy = strategyOf(context, context.subresource);
  row.defaults(draft);
  keepSystemFields(draft, old);
  if (!attempt.tracked) schema.update(old, draft, ownerOf(context, strategy));
  const gathered = new Gathered();
  try {
    const request = gathered.request(context, "UPDATE", draft, old);
    await mutate(services.admission, request);
    row.defaults(draft);
    strategy.prepare(draft, old);
    allocate(services.admission, request);
    draft.metadata.resourceVersion = old.metadata.resourceVersion;
    checkUpdate(resource, strategy, draft, old);
    if (context.subresource === "") for (const warning of row.warnings(draft, old)) context.warn(warning);
    await validate(services.admission, request);
  } catch (error) {
    gathered.settle(false);
    throw error;
  }
  const gone = releases(draft);
  if (context.dryRun || (!gone && gathered.writes.length === 0 && isDeepStrictEqual(draft, old))) {
    gathered.settle(false);
    return { object: draft, stored: context.dryRun ? undefined : current, created: false, removed: gone };
  }
  try {
    const write = gone ? removeOf(resource, draft, current.revision) : putOf(resource, draft, current.revision);
    const stored = await commit(context, gathered, write, draft, 200);
    return { object: draft, stored: gone ? undefined : stored, created: false, removed: gone };
  } catch (error) {
    if (error instanceof StoreError && (error.code === "conflict" || error.code === "absent")) return undefined;
    throw storeFailure(error);
  }
}

function checkUpdate(resource: ServedResource, strategy: UpdateStrategy, draft: KubeObject, old: KubeObject): void {
  const meta = validateObjectMetaUpdate(draft.metadata, old.metadata);
  // Upstream checks the metadata of an update of a built-in kind twice, and lists what it found twice.
  const errors = [...meta, ...(resource.custom ? [] : meta), ...strategy.validate(draft, old)];
  if (errors.length > 0) throw invalid(resource.group, resource.kind, draft.metadata.name ?? "", errors);
}
