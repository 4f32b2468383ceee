import { randomUUID } from "node:crypto";
import { goQuote, type KubeObject } from "@bulkhead/api";
import type { Put } from "@bulkhead/store";
import type { ResourceRegistry } from "../resources/registry.ts";
import { timestamp } from "../resources/services.ts";
import { putOf } from "../resources/stored-write.ts";

/** Who owns the fields of objects that the server makes by itself. */
const manager = "bulkhead";

/** An object of the server's own making as a write: defaulted, prepared and owned, as if a client had created it. */
export function systemObject(registry: ResourceRegistry, resource: string, object: KubeObject, now: number): Put {
  const slash = object.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : object.apiVersion.slice(0, slash);
  const kind = registry.stored(group, resource);
  if (kind === undefined) throw new Error(`no resource ${goQuote(resource)} is served`);
  const { row } = kind.resource;
  const draft = structuredClone(object);
  draft.metadata.uid = randomUUID();
  draft.metadata.creationTimestamp = timestamp(now);
  row.defaults(draft);
  row.prepareCreate(draft, { now: timestamp(now), randomSuffix: () => "" });
  kind.schema.update(undefined, draft, {
    manager,
    subresource: "",
    time: timestamp(now),
    resetFields: row.resetFields,
  });
  return putOf(kind.resource, draft, 0);
}
