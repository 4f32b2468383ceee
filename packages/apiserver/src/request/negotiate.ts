import { StatusError } from "@bulkhead/api";

/** Media type of an OpenAPI v2 document in protobuf. */
export const openApiV2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** How kubectl asks for it; no valid media type, so it is not answered with. */
const openApiV2Types: readonly string[] = [openApiV2Type, openApiV2Type.replace("v2.v1", "v2@v1")];

/** How an answer is to look. */
export interface Representation {
  readonly format: "json" | "yaml";
  /** `pretty=true` or a browser's wish. */
  readonly as: "object" | "table" | "partial" | "partial-list" | "discovery-v2" | "openapi-v2";
}

/** 406 with what there is. */
export const notAcceptable = (): StatusError =>
  new StatusError({
    reason: "NotAcceptable",
    message:
      "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/json;stream=watch",
    details: {},
  });

interface Clause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

const cache = new Map<string, Representation | undefined>();

/** The first clause of Accept that this server can answer, best quality first. Throws 406 when there is none. */
export function negotiate(accept: string | undefined): Representation {
  const found = chosen(accept);
  if (found === undefined) throw notAcceptable();
  return found;
}

/** The format alone, also for a refusal: JSON where nothing that is asked for can be answered. */
export const acceptedFormat = (accept: string | undefined): Representation["format"] =>
  chosen(accept)?.format ?? "json";

function chosen(accept: string | undefined): Representation | undefined {
  const header = accept ?? "";
  let found = cache.get(header);
  if (found === undefined && !cache.has(header)) {
    found = choose(header);
    // Clients send a handful of forms; a hostile one must not fill the memory.
    if (cache.size < 256 && header.length < 512) cache.set(header, found);
  }
  return found;
}

function choose(header: string): Representation | undefined {
  if (header.trim() === "") return { format: "json", as: "object" };
  const clauses = header
    .split(",", 32)
    .map(parseClause)
    .toSorted((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    if (openApiV2Types.includes(clause.type)) return { format: "json", as: "openapi-v2" };
    const format = formatOf(clause.type);
    if (format === undefined) continue;
    const as = formOf(clause.parameters);
    if (as !== undefined) return { format, as };
  }
  return undefined;
}

function parseClause(text: string): Clause {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const [key = "", value = ""] = part.split("=", 2);
    parameters[key.toLowerCase()] = value;
  }
  const quality = Number(parameters["q"] ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
}

function formatOf(type: string): "json" | "yaml" | undefined {
  switch (type) {
    case "application/json":
    case "application/*":
    case "*/*":
      return "json";
    case "application/yaml":
      return "yaml";
    default:
      return undefined;
  }
}

function formOf(parameters: Readonly<Record<string, string>>): Representation["as"] | undefined {
  const { as, g, v } = parameters;
  if (as === undefined) return "object";
  if (g === "meta.k8s.io" && (v === "v1" || v === "v1beta1")) {
    if (as === "Table") return "table";
    if (as === "PartialObjectMetadata") return "partial";
    if (as === "PartialObjectMetadataList") return "partial-list";
  }
  if (g === "apidiscovery.k8s.io" && v === "v2" && as === "APIGroupDiscoveryList") return "discovery-v2";
  return undefined;
}

/** The media type of a request body, without its parameters. */
export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
