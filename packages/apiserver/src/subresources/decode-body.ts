import { decodeObject, type GroupVersionKind, type KubeObject, schemaIdOfKind, schemaOf } from "@bulkhead/api";
import type { ApiRequest } from "../request/api-request.ts";
import { structuredBody } from "../resources/body-format.ts";
import { parseWriteOptions } from "../resources/write-options.ts";

/** The body of a request that brings another kind than the one its path names (a review, a binding, a scale). */
export async function decodeBody<T extends KubeObject>(request: ApiRequest, kind: GroupVersionKind): Promise<T> {
  const { fieldValidation } = parseWriteOptions(request.info.query, "CreateOptions");
  const schema = schemaOf(schemaIdOfKind(kind) ?? "");
  const { bytes, format } = await structuredBody(request);
  const { object, warnings } = decodeObject<T>(bytes, {
    format,
    kind,
    schema,
    fieldValidation,
  });
  for (const warning of warnings) request.warn(warning);
  object.metadata ??= {};
  return object;
}
