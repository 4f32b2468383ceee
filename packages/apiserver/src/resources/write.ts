import { randomBytes, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  alreadyExists,
  conflict,
  type FieldError,
  generatedName,
  invalid,
  type KubeObject,
  nameSuffix,
  type RowFacts,
  StatusError,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from "@bulkhead/api";
import { type Put, type Remove, type StoredObject, StoreError } from "@bulkhead/store";
import { type AdmissionRequest, allocate, mutate, validate } from "../admission/admission.ts";
import type { User } from "../authentication/user.ts";
import { requireAccess } from "../authorization/require.ts";
import type { AuditEntry } from "../request/audit-entry.ts";
import { UnclassifiedError } from "../request/errors.ts";
import { storedBytes } from "./object-bytes.ts";
import type { FieldOwner, ObjectSchema } from "./object-schema.ts";
import { keyOf, type ServedResource } from "./served-resource.ts";
import { type ApiServices, timestamp } from "./services.ts";

/** One write on its way through the pipeline. */
export interface WriteContext {
  readonly services: ApiServices;
  readonly resource: ServedResource;
  readonly schema: ObjectSchema;
  readonly user: User;
  readonly audit: AuditEntry;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly dryRun: boolean;
  /** fieldManager, or the client's program name. */
  readonly manager: string;
  readonly query: URLSearchParams;
  warn(text: string): void;
}

/** What a write left behind: the stored object, or in a dry run the object as it would be. */
export interface Written {
  readonly object: KubeObject;
  readonly stored: StoredObject | undefined;
  readonly created: boolean;
  /** The object went with this write: its last finalizer was taken. */
  readonly removed: boolean;
}

export const factsOf = (services: ApiServices): RowFacts => ({
  now: timestamp(services.now()),
  randomSuffix: () => nameSuffix(randomBytes(16)),
});

export const ownerOf = (context: WriteContext, resetFields: readonly string[]): FieldOwner => ({
  manager: context.manager,
  subresource: context.subresource,
  time: timestamp(context.services.now()),
  resetFields,
});

/** What a write gathers on the way to its commit. */
export class Gathered {
  readonly writes: (Put | Remove)[] = [];
  readonly #settled: ((committed: boolean) => void)[] = [];

  settle(committed: boolean): void {
    for (const callback of this.#settled.splice(0)) callback(committed);
  }

  request(
    context: WriteContext,
    operation: AdmissionRequest["operation"],
    object: KubeObject | undefined,
    old: KubeObject | undefined,
    more: Partial<AdmissionRequest> = {},
  ): AdmissionRequest {
    return {
      operation,
      resource: context.resource,
      subresource: context.subresource,
      namespace: context.namespace,
      name: context.name,
      object,
      old,
      user: context.user,
      dryRun: context.dryRun,
      query: context.query,
      deleteOptions: undefined,
      warn: (text) => context.warn(text),
      alsoWrite: (write) => {
        this.writes.push(write);
      },
      onSettled: (callback) => {
        this.#settled.push(callback);
      },
      ...more,
    };
  }
}

/** Shared by all that have none: there may be tens of thousands. */
const none: Readonly<Record<string, string>> = Object.freeze({});

const ownLabels = ({ labels }: KubeObject["metadata"]): Readonly<Record<string, string>> => {
  for (const _ in labels) return { ...labels };
  return none;
};

/** The fields by which the object can be selected, of every kind that shows it. */
export function selectableFields(resource: ServedResource, object: KubeObject): Readonly<Record<string, string>> {
  if (resource.selectable.length === 0) return none;
  const fields: Record<string, string> = {};
  const stored = resource.conversion?.toStored(object) ?? object;
  for (const { row, conversion } of resource.selectable) {
    const shown = conversion?.fromStored(stored) ?? stored;
    for (const [label, value] of Object.entries(row.fieldSelectors)) fields[label] = value(shown);
  }
  return fields;
}

export const putOf = (resource: ServedResource, object: KubeObject, expect: number | undefined): Put => ({
  op: "put",
  key: keyOf(resource, object.metadata.namespace ?? "", object.metadata.name ?? ""),
  expect,
  bytes: (revision) => storedBytes(resource, object, revision),
  labels: ownLabels(object.metadata),
  fields: selectableFields(resource, object),
});

/** Puts a write, what goes with it and its audit record into one commit. A StoreError comes out as it is. */
export async function commit(
  context: WriteContext,
  gathered: Gathered,
  write: Put | Remove,
  object: KubeObject,
  code: number,
): Promise<StoredObject | undefined> {
  const { uid } = object.metadata;
  context.audit.named(object.metadata.name ?? "");
  const audit = context.audit.record(code, undefined, uid);
  try {
    const { objects } = await context.services.store.commit({ writes: [write, ...gathered.writes], audit });
    context.audit.markRecorded();
    gathered.settle(true);
    return objects[0];
  } catch (error) {
    gathered.settle(false);
    throw error;
  }
}

/** A StoreError in the words of the API. Conflicts are for the caller: most writes begin again. */
export function storeFailure(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case "too-large":
      return new StatusError(
        { reason: "RequestEntityTooLarge", message: "the object is too large to be stored" },
        error,
      );
    case "full":
    case "io":
    case "closed":
      return new StatusError(
        { reason: "ServiceUnavailable", message: `the store takes no writes now: ${error.code}` },
        error,
      );
    default:
      return error;
  }
}

export const modified = (resource: ServedResource, name: string): StatusError =>
  conflict(
    resource.group,
    resource.resource,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );

const metaRules = (resource: ServedResource) => ({
  namespaced: resource.namespaced,
  nameErrors: (name: string, prefix: boolean) => resource.row.nameErrors(name, prefix),
  kubeFinalizers: !resource.custom,
});

/** Takes back what a client may not say of an object to be created, and what the server says instead. */
function systemFields(context: WriteContext, object: KubeObject): void {
  const { metadata } = object;
  delete metadata.selfLink;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp(context.services.now());
  if (context.resource.namespaced) metadata.namespace = context.namespace;
  if ((metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "")
    metadata.name = generatedName(metadata.generateName ?? "", nameSuffix(randomBytes(16)));
}

/** An update or an apply that would make the object asks for the right to create it, too. */
export function requireCreate({ services, user, resource, namespace, name }: WriteContext): void {
  requireAccess(services.authorizer, {
    user,
    verb: "create",
    isResource: true,
    group: resource.group,
    version: resource.version,
    resource: resource.resource,
    subresource: "",
    namespace,
    name,
    path: "",
  });
}

/** Creates the object: the pipeline from defaults to the commit. `draft` becomes what is stored. */
export async function create(context: WriteContext, draft: KubeObject, track: boolean): Promise<Written> {
  const { resource, services, schema } = context;
  const { row } = resource;
  if ((draft.metadata.resourceVersion ?? "") !== "")
    throw new UnclassifiedError(500, "resourceVersion should not be set on objects to be created");
  row.defaults(draft);
  if (track) schema.update(undefined, draft, ownerOf(context, row.resetFields));
  const gathered = new Gathered();
  try {
    const request = gathered.request(context, "CREATE", draft, undefined, {
      name: draft.metadata.name ?? "",
    });
    await mutate(services.admission, request);
    row.defaults(draft);
    systemFields(context, draft);
    row.prepareCreate(draft, factsOf(services));
    allocate(services.admission, request);
    const errors = [...validateObjectMeta(draft.metadata, metaRules(resource)), ...row.validateCreate(draft)];
    if (errors.length > 0) throw invalid(resource.group, resource.kind, draft.metadata.name ?? "", errors);
    for (const warning of row.warnings(draft, undefined)) context.warn(warning);
    await validate(services.admission, { ...request, name: draft.metadata.name ?? "" });
  } catch (error) {
    gathered.settle(false);
    throw error;
  }
  const name = draft.metadata.name ?? "";
  const key = keyOf(resource, context.namespace, name);
  if (context.dryRun) {
    gathered.settle(false);
    if (services.store.get(key) !== undefined) throw alreadyExists(resource.group, resource.resource, name);
    return { object: draft, stored: undefined, created: true, removed: false };
  }
  try {
    const stored = await commit(context, gathered, putOf(resource, draft, 0), draft, 201);
    return { object: draft, stored, created: true, removed: false };
  } catch (error) {
    if (error instanceof StoreError && (error.code === "exists" || error.code === "conflict"))
      throw alreadyExists(resource.group, resource.resource, name);
    throw storeFailure(error);
  }
}

/** The part of update that a resource and its subresources do differently. */
interface UpdateStrategy {
  prepare(draft: KubeObject, old: KubeObject): void;
  validate(next: KubeObject, old: KubeObject): FieldError[];
  readonly resetFields: readonly string[];
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
export function releases(object: KubeObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers?.length ?? 0) > 0) return false;
  if ((metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const spec = (object as { spec?: { finalizers?: unknown[] } }).spec;
  return object.kind !== "Namespace" || (spec?.finalizers?.length ?? 0) === 0;
}

/** How a writer makes the new object out of the old one. Called again when someone else was faster. */
export type Change = (old: KubeObject) => KubeObject | Promise<KubeObject>;

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
  if (!attempt.tracked) schema.update(old, draft, ownerOf(context, strategy.resetFields));
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

export const removeOf = (resource: ServedResource, object: KubeObject, expect: number | undefined): Remove => ({
  op: "remove",
  key: keyOf(resource, object.metadata.namespace ?? "", object.metadata.name ?? ""),
  expect,
  bytes: (revision) => storedBytes(resource, object, revision),
});
