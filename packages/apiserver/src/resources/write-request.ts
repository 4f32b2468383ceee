import { badRequest, type KubeObject } from "@bulkhead/api";
import type { KindRequest } from "../request/api-request.ts";
import type { WriteContext } from "./write.ts";
import { managerOf, type WriteOptions } from "./write-options.ts";

/** A write as its request asks for it. */
export const writeContext = (
  request: KindRequest,
  options: WriteOptions,
  more: Partial<WriteContext> = {},
): WriteContext => ({
  services: request.services,
  resource: request.kind.resource,
  schema: request.kind.schema,
  user: request.user,
  audit: request.audit,
  namespace: request.namespace,
  name: request.info.name,
  subresource: request.info.subresource,
  dryRun: options.dryRun,
  manager: managerOf(options.fieldManager, String(request.exchange.headers["user-agent"] ?? "")),
  query: request.info.query,
  warn: (text) => request.warn(text),
  ...more,
});

/** Where a body may live is said by the path; a body that says otherwise is refused. */
export function checkNamespace(request: KindRequest, object: KubeObject): void {
  const said = object.metadata.namespace ?? "";
  if (!request.kind.resource.namespaced) return;
  if (said === "") object.metadata.namespace = request.namespace;
  else if (said !== request.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

/** The name in a body is the one in the path, or the write is a mistake. */
export function checkName(request: KindRequest, object: KubeObject): void {
  const said = object.metadata.name ?? "";
  const { name } = request.info;
  if (said === "")
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (said !== name) throw badRequest(`the name of the object (${said}) does not match the name on the URL (${name})`);
}
