import { createHash } from "node:crypto";
import { openApiDocument, openApiIndex, openApiPath } from "@bulkhead/api";
import { type Answer, type ApiRequest, jsonAnswer } from "../request/api-request.ts";
import type { GroupVersionEntry, ResourceRegistry } from "../resources/registry.ts";

interface Document {
  readonly hash: string;
  readonly entry: GroupVersionEntry;
  /** Made when first asked for: it costs tens of milliseconds. */
  bytes: Promise<Uint8Array> | undefined;
}

/** Names the contents of a document without making it: the kinds, and of custom ones their schemas. */
function hashOf(entry: GroupVersionEntry, version: string): string {
  const hash = createHash("sha256").update(version);
  for (const { resource, definitionSchema } of entry.kinds)
    hash.update(`\n${resource.kind} ${resource.resource} ${JSON.stringify(definitionSchema ?? null)}`);
  return hash.digest("hex").slice(0, 32).toUpperCase();
}

const prefix = "/openapi/v3";

/** OpenAPI v3 of all that is served, a document a group and version, live with the definitions. */
export function openApiHandler(version: string): (request: ApiRequest) => Promise<Answer | undefined> {
  let generation = -1;
  let documents = new Map<string, Document>();

  const refresh = (registry: ResourceRegistry): void => {
    if (registry.generation === generation) return;
    generation = registry.generation;
    const next = new Map<string, Document>();
    for (const { versions } of registry.groups())
      for (const entry of versions) {
        const path = openApiPath(entry.group, entry.version);
        const hash = hashOf(entry, version);
        const known = documents.get(path);
        next.set(path, known?.hash === hash ? known : { hash, entry, bytes: undefined });
      }
    documents = next;
  };

  return async (request) => {
    const { info, services } = request;
    if (info.path !== prefix && !info.path.startsWith(`${prefix}/`)) return undefined;
    refresh(services.registry);
    const path = info.path.slice(prefix.length + 1);
    if (path === "")
      return jsonAnswer(200, openApiIndex(new Map([...documents].map(([key, { hash }]) => [key, hash]))));
    const document = documents.get(path);
    return document === undefined ? undefined : documentAnswer(request, document, version);
  };
}

async function documentAnswer({ info, exchange }: ApiRequest, document: Document, version: string): Promise<Answer> {
  const etag = `"${document.hash}"`;
  const asked = info.query.get("hash");
  // An address that names the contents may be kept for ever; any other is asked again.
  const headers = {
    etag,
    vary: "Accept",
    "cache-control": asked === document.hash ? "public, immutable" : "no-cache, private",
  };
  if (exchange.headers["if-none-match"] === etag)
    return { answer: "body", code: 304, type: "application/json", body: new Uint8Array(), headers };
  document.bytes ??= makeDocument(document.entry, version);
  return { answer: "body", code: 200, type: "application/json", body: await document.bytes, headers };
}

async function makeDocument(entry: GroupVersionEntry, version: string): Promise<Uint8Array> {
  const kinds = entry.kinds.map(({ resource, definitionSchema }) => ({
    row: resource.row,
    customSchema: definitionSchema,
  }));
  return Buffer.from(JSON.stringify(await openApiDocument(kinds, version)));
}
