import {
  BodySyntaxError,
  badRequest,
  conflict,
  type DeleteOptions,
  type FieldError,
  invalid,
  type KubeObject,
  notFound,
  parseBody,
} from "@bulkhead/api";
import { StoreError } from "@bulkhead/store";
import { hold, validate } from "../admission/admission.ts";
import { type Answer, jsonAnswer, type KindRequest } from "../request/api-request.ts";
import { structuredBody } from "./body-format.ts";
import { draftOf } from "./object-bytes.ts";
import { keyOf } from "./served-resource.ts";
import { timestamp } from "./services.ts";
import { putOf, removeOf } from "./stored-write.ts";
import { commit, Gathered, modified, storeFailure, type WriteContext } from "./write.ts";
import { dryRunErrors } from "./write-options.ts";

/** What a deletion came to: gone now, or on its way with the object as it stands. */
export interface Deleted {
  readonly object: KubeObject;
  readonly gone: boolean;
}

const policies = ["Foreground", "Background", "Orphan"];

/** DeleteOptions of the query laid over those of the body. Throws 422 as upstream does. */
export function deleteOptions(body: DeleteOptions, query: URLSearchParams): DeleteOptions {
  const options: DeleteOptions = { ...body };
  const grace = query.get("gracePeriodSeconds");
  const policy = query.get("propagationPolicy");
  const orphan = query.get("orphanDependents");
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  if (grace !== null && /^-?\d+$/.test(grace)) options.gracePeriodSeconds = Number(grace);
  if (policy !== null) options.propagationPolicy = policy;
  if (orphan !== null) options.orphanDependents = orphan === "true" || orphan === "1";
  if (dryRun.length > 0) options.dryRun = dryRun;
  const errors = optionErrors(options);
  if (errors.length > 0) throw invalid("meta.k8s.io", "DeleteOptions", "", errors);
  return options;
}

function optionErrors(options: DeleteOptions): FieldError[] {
  const errors: FieldError[] = [];
  const policy = options.propagationPolicy;
  if (policy !== undefined && options.orphanDependents !== undefined)
    errors.push({
      reason: "FieldValueInvalid",
      field: "propagationPolicy",
      message: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
    });
  if (policy !== undefined && !policies.includes(policy))
    errors.push({
      reason: "FieldValueNotSupported",
      field: "propagationPolicy",
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    });
  errors.push(...dryRunErrors(options.dryRun ?? []));
  return errors;
}

/** A precondition is about the object that the client has seen. */
function checkPreconditions(context: WriteContext, object: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { kind, group } = context.resource;
  const name = object.metadata.name ?? "";
  if (uid !== undefined && uid !== object.metadata.uid)
    throw conflict(
      group,
      kind,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
    throw conflict(
      group,
      kind,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion}). The object might have been modified`,
    );
}

/** The finalizers after a deletion with this policy: the garbage collector's own come and go with it. */
function finalizersFor(object: KubeObject, options: DeleteOptions): string[] {
  const kept = (object.metadata.finalizers ?? []).filter((f) => f !== "orphan" && f !== "foregroundDeletion");
  const policy = options.propagationPolicy ?? (options.orphanDependents === true ? "Orphan" : undefined);
  if (policy === "Orphan") return [...kept, "orphan"];
  if (policy === "Foreground") return [...kept, "foregroundDeletion"];
  if (policy === "Background" || options.orphanDependents === false) return kept;
  return object.metadata.finalizers ?? [];
}

/**
 * Brings an object one step nearer to its end. Pure. `gone`: nothing holds it any more. `changed`: there is a state to
 * be written.
 */
export function beginDeletion(
  object: KubeObject,
  options: DeleteOptions,
  gracePeriod: (object: KubeObject, asked: number | undefined) => number | undefined,
  now: number,
): { readonly gone: boolean; readonly changed: boolean } {
  const { metadata } = object;
  const before = JSON.stringify(object);
  metadata.finalizers = finalizersFor(object, options);
  if (metadata.finalizers.length === 0) delete metadata.finalizers;
  const asked = options.gracePeriodSeconds;
  const grace = Math.max(0, gracePeriod(object, asked) ?? 0);
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionGracePeriodSeconds = grace;
    metadata.deletionTimestamp = timestamp(now + grace * 1000);
    if (metadata.generation !== undefined && metadata.generation > 0) metadata.generation++;
  } else if (asked !== undefined && grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
    const begun = Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    metadata.deletionGracePeriodSeconds = grace;
    metadata.deletionTimestamp = timestamp(begun + grace * 1000);
  }
  const held = (metadata.finalizers?.length ?? 0) > 0 || namespaceHeld(object);
  const gone = !held && (metadata.deletionGracePeriodSeconds ?? 0) === 0;
  return { gone, changed: JSON.stringify(object) !== before };
}

/** A namespace is held by its own list of finalizers too, and shows its end in its phase. */
function namespaceHeld(object: KubeObject): boolean {
  if (object.kind !== "Namespace" || object.apiVersion !== "v1") return false;
  const namespace = object as KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string } };
  namespace.status = { ...namespace.status, phase: "Terminating" };
  return (namespace.spec?.finalizers?.length ?? 0) > 0;
}

const attempts = 30;

/** DELETE of one object. */
export async function remove(context: WriteContext, options: DeleteOptions): Promise<Deleted> {
  const { resource, services } = context;
  const { store } = services;
  const key = keyOf(resource, context.namespace, context.name);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const current = store.get(key);
    if (current === undefined) throw notFound(resource.group, resource.resource, context.name);
    const old = draftOf(store, resource, current);
    checkPreconditions(context, old, options);
    const gathered = new Gathered();
    const request = gathered.request(context, "DELETE", undefined, old, { deleteOptions: options });
    try {
      await validate(services.admission, request);
    } catch (error) {
      gathered.settle(false);
      throw error;
    }
    const object = structuredClone(old);
    if (old.metadata.deletionTimestamp === undefined) hold(services.admission, request, object);
    const { gone, changed } = beginDeletion(
      object,
      options,
      (of, asked) => resource.row.gracePeriod(of, asked),
      services.now(),
    );
    if (context.dryRun || (!gone && !changed)) {
      gathered.settle(false);
      return { object: gone ? old : object, gone };
    }
    try {
      // What goes at once is last seen as it stood; a deletion under way already shows itself.
      const last = gone ? old : object;
      const write = gone ? removeOf(resource, last, current.revision) : putOf(resource, last, current.revision);
      await commit(context, gathered, write, last, 200);
      return { object: last, gone };
    } catch (error) {
      if (!(error instanceof StoreError) || (error.code !== "conflict" && error.code !== "absent"))
        throw storeFailure(error);
    }
  }
  throw modified(resource, context.name);
}

function parseOptions(bytes: Buffer, format: "json" | "yaml"): { readonly value: unknown } {
  try {
    return parseBody(bytes, format);
  } catch (error) {
    if (error instanceof BodySyntaxError)
      throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
    throw error;
  }
}

/** The DeleteOptions in a body, if there is one. */
export async function parseDeleteOptions(request: KindRequest): Promise<DeleteOptions> {
  const { bytes, format } = await structuredBody(request);
  if (bytes.length === 0) return {} as DeleteOptions;
  const { value } = parseOptions(bytes, format);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest("the object provided is unrecognized (must be of type DeleteOptions)");
  return value as DeleteOptions;
}

/** Kinds whose deletion answers with the object itself, gone or not (upstream's ReturnDeletedObject). */
const returnsObject = new Set([
  "pods",
  "services",
  "serviceaccounts",
  "podtemplates",
  "resourcequotas",
  "persistentvolumes",
  "persistentvolumeclaims",
]);

/** What DELETE answers: the object while it is still there, otherwise that it is gone. */
export function deletedAnswer(request: KindRequest, deleted: Deleted): Answer {
  const { resource } = request.kind;
  if (!deleted.gone || (resource.group === "" && returnsObject.has(resource.resource)))
    return jsonAnswer(200, deleted.object);
  const { name, uid } = deleted.object.metadata;
  return jsonAnswer(200, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name,
      ...(resource.group === "" ? {} : { group: resource.group }),
      kind: resource.resource,
      uid,
    },
  });
}
