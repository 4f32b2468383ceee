import { badRequest, type DeleteOptions, notFound, StatusError } from "@bulkhead/api";
import type { Answer, KindHandler, KindRequest } from "../request/api-request.ts";

import { notAcceptable, type Representation } from "../request/negotiate.ts";
import { structuredBody } from "./body-format.ts";
import { create } from "./create.ts";
import { deletedAnswer, deleteOptions, parseDeleteOptions, remove } from "./delete.ts";
import { listPage } from "./list.ts";
import { parseListOptions } from "./list-options.ts";
import { listBody, looseBody, objectBody } from "./object-forms.ts";
import { applyPatch } from "./patch.ts";
import { keyOf, type ServedResource } from "./served-resource.ts";
import type { FormContext } from "./table.ts";
import { replace } from "./update.ts";
import { serveWatch } from "./watch.ts";
import type { WriteContext, Written } from "./write.ts";
import { parseWriteOptions } from "./write-options.ts";
import { checkName, checkNamespace, writeContext } from "./write-request.ts";

const formContext = (request: KindRequest): FormContext => ({
  store: request.services.store,
  resource: request.kind.resource,
  now: request.services.now(),
  includeObject: includeObject(request.info.query.get("includeObject")),
});

function includeObject(value: string | null): FormContext["includeObject"] {
  switch (value) {
    case null:
    case "":
    case "Metadata":
      return "Metadata";
    case "None":
    case "Object":
      return value;
    default:
      throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
  }
}

const body = (code: number, bytes: Uint8Array | Iterable<Uint8Array>): Answer => ({
  answer: "body",
  code,
  type: "application/json",
  body: bytes,
});

const singleForms: Readonly<Record<Representation["as"], boolean>> = {
  object: true,
  table: true,
  partial: true,
  "partial-list": false,
  "discovery-v2": true,
  "openapi-v2": true,
};

function checkSingleForm(request: KindRequest): void {
  if (singleForms[request.representation.as]) return;
  throw new StatusError({
    reason: "NotAcceptable",
    message: `you requested PartialObjectMetadataList, but the requested object is not a list (*${internalType(request.kind.resource)})`,
  });
}

/** How upstream names the Go type behind a kind. */
const internalType = (resource: ServedResource): string =>
  resource.custom
    ? "unstructured.Unstructured"
    : `${resource.group === "" ? "core" : (resource.group.split(".", 1)[0] ?? "")}.${resource.kind}`;

/** What a write answers: the stored bytes, or what they would be. */
function writtenAnswer(request: KindRequest, written: Written, code: number): Answer {
  checkSingleForm(request);
  const { as } = request.representation;
  if (written.stored !== undefined) return body(code, objectBody(formContext(request), written.stored, as));
  return body(code, looseBody(written.object, as));
}

export const getHandler: KindHandler = (request) => {
  const { services, kind, namespace, info } = request;
  const object = services.store.get(keyOf(kind.resource, namespace, info.name));
  if (object === undefined) throw notFound(kind.resource.group, kind.resource.resource, info.name);
  checkSingleForm(request);
  return body(200, objectBody(formContext(request), object, request.representation.as));
};

export const listHandler: KindHandler = (request) => {
  const { services, kind, namespace, info } = request;
  const options = parseListOptions(info, kind.resource);
  const page = listPage(services.store, kind.resource, namespace === "" ? undefined : namespace, options);
  return body(200, listBody(formContext(request), page, request.representation.as));
};

export const watchHandler: KindHandler = (request) => {
  const { services, kind, namespace, info, representation } = request;
  // Events have no end that YAML could show.
  if (representation.format !== "json") throw notAcceptable();
  const options = parseListOptions(info, kind.resource);
  const form = representation.as === "table" ? "table" : representation.as.startsWith("partial") ? "partial" : "object";
  return {
    answer: "stream",
    run: (headers) =>
      serveWatch({
        exchange: request.exchange,
        context: {
          store: services.store,
          resource: kind.resource,
          form,
          includeObject: includeObject(info.query.get("includeObject")),
        },
        namespace: namespace === "" ? undefined : namespace,
        options,
        stallDeadline: request.stallDeadline,
        signal: request.signal,
        headers,
      }),
  };
};

export const createHandler: KindHandler = async (request) => {
  const options = parseWriteOptions(request.info.query, "CreateOptions");
  const { bytes, format } = await structuredBody(request);
  const { object, warnings } = request.kind.schema.decode(bytes, format, options.fieldValidation);
  for (const warning of warnings) request.warn(warning);
  checkNamespace(request, object);
  const written = await create(writeContext(request, options), object, true);
  return writtenAnswer(request, written, 201);
};

export const updateHandler: KindHandler = async (request) => {
  const options = parseWriteOptions(request.info.query, "UpdateOptions");
  const { bytes, format } = await structuredBody(request);
  const { object, warnings } = request.kind.schema.decode(bytes, format, options.fieldValidation);
  for (const warning of warnings) request.warn(warning);
  checkName(request, object);
  checkNamespace(request, object);
  const written = await replace(writeContext(request, options), object);
  return writtenAnswer(request, written, written.created ? 201 : 200);
};

export const patchHandler: KindHandler = async (request) => {
  const written = await applyPatch(request);
  return writtenAnswer(request, written, written.created ? 201 : 200);
};

export const deleteHandler: KindHandler = async (request) => {
  const options = deleteOptions(await parseDeleteOptions(request), request.info.query);
  const context = deleteContext(request, options);
  return deletedAnswer(request, await remove(context, options));
};

const deleteContext = (request: KindRequest, options: DeleteOptions, name?: string, namespace?: string): WriteContext =>
  writeContext(
    request,
    { dryRun: (options.dryRun?.length ?? 0) > 0, fieldManager: "", fieldValidation: "Ignore", force: undefined },
    { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) },
  );

export const deleteCollectionHandler: KindHandler = async (request) => {
  const { services, kind, info } = request;
  const options = deleteOptions(await parseDeleteOptions(request), info.query);
  const listOptions = parseListOptions({ ...info, verb: "list" }, kind.resource);
  const namespace = request.namespace === "" ? undefined : request.namespace;
  const page = listPage(services.store, kind.resource, namespace, listOptions);
  for (const object of page.objects) {
    try {
      await remove(deleteContext(request, options, object.key.name, object.key.namespace), options);
    } catch (error) {
      // Someone else deleted it first: what was wanted has come about.
      if (!(error instanceof StatusError) || error.reason !== "NotFound") throw error;
    }
  }
  return body(200, listBody(formContext(request), page, request.representation.as));
};
