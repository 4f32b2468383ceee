import { conflict, notFound, StatusError } from "@bulkhead/api";
import type { KindRequest } from "../request/api-request.ts";
import { mediaType } from "../request/negotiate.ts";
import { attemptUpdate, strategyOf } from "./attempt-update.ts";
import { create, requireCreate } from "./create.ts";
import { draftOf } from "./object-bytes.ts";
import type { PatchType } from "./object-schema.ts";
import { keyOf } from "./served-resource.ts";
import { change, checkUid, insistedVersion } from "./update.ts";
import { modified, ownerOf, type WriteContext, type Written } from "./write.ts";
import { parseWriteOptions, type WriteOptions } from "./write-options.ts";
import { checkName, checkNamespace, writeContext } from "./write-request.ts";

const types: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
};

const applyType = "application/apply-patch+yaml";

/** PATCH: one of the three patch types, or server-side apply. */
export async function applyPatch(request: KindRequest): Promise<Written> {
  const type = mediaType(request.exchange.headers["content-type"]);
  if (type === applyType) return serverSideApply(request);
  const patchType = types[type];
  if (patchType === undefined)
    throw new StatusError({ reason: "UnsupportedMediaType", message: "415: Unsupported Media Type", details: {} });
  if (patchType === "strategic" && !request.kind.schema.strategic)
    throw new StatusError({
      reason: "UnsupportedMediaType",
      message:
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    });
  const options = parseWriteOptions(request.info.query, "PatchOptions");
  const patch = await request.body();
  const context = writeContext(request, options);
  return change(context, (old) => {
    const { object, warnings } = request.kind.schema.patch(patchType, old, patch, options.fieldValidation);
    for (const warning of warnings) request.warn(warning);
    checkName(request, object);
    checkNamespace(request, object);
    // A patch says the version it is of only by setting it; the current one stands there otherwise.
    if (object.metadata.resourceVersion === old.metadata.resourceVersion) delete object.metadata.resourceVersion;
    return { draft: object, tracked: false };
  });
}

const attempts = 30;

async function serverSideApply(request: KindRequest): Promise<Written> {
  const options = parseWriteOptions(request.info.query, "PatchOptions", true);
  const body = await request.body();
  const context = writeContext(request, options);
  const { resource, services } = context;
  const key = keyOf(resource, request.namespace, request.info.name);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const current = services.store.get(key);
    if (current === undefined) {
      if (context.subresource !== "") throw notFound(resource.group, resource.resource, context.name);
      requireCreate(context);
      try {
        return await applyToNothing(request, context, options, body);
      } catch (error) {
        if (error instanceof StatusError && error.reason === "AlreadyExists") continue;
        throw error;
      }
    }
    const old = draftOf(services.store, resource, current);
    const owner = ownerOf(context, strategyOf(context, context.subresource));
    const { object, warnings } = request.kind.schema.apply(
      old,
      body,
      owner,
      options.force ?? false,
      options.fieldValidation,
    );
    for (const warning of warnings) request.warn(warning);
    checkName(request, object);
    checkNamespace(request, object);
    const insisted = insistedVersion(object);
    if (insisted !== undefined && insisted !== String(current.revision)) throw modified(resource, context.name);
    checkUid(resource, object, old);
    const written = await attemptUpdate(context, { current, old, draft: object, tracked: true });
    if (written !== undefined) return written;
  }
  throw modified(resource, context.name);
}

/** Applying to a name that is free creates the object. */
function applyToNothing(
  request: KindRequest,
  context: WriteContext,
  options: WriteOptions,
  body: Buffer,
): Promise<Written> {
  const { resource, name } = context;
  const owner = ownerOf(context, resource.row);
  const { object, warnings } = request.kind.schema.apply(
    undefined,
    body,
    owner,
    options.force ?? false,
    options.fieldValidation,
  );
  for (const warning of warnings) request.warn(warning);
  const { uid } = object.metadata;
  if (uid !== undefined && uid !== "")
    throw conflict(
      resource.group,
      resource.resource,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  delete object.metadata.resourceVersion;
  checkName(request, object);
  checkNamespace(request, object);
  return create(context, object, false);
}
