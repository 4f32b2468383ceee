import { StatusError } from "@bulkhead/api";
import { decodeProtobuf } from "../protobuf/decode.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { mediaType } from "../request/negotiate.ts";

export interface StructuredBody {
  readonly bytes: Buffer;
  readonly format: "json" | "yaml";
}

type Codec = (bytes: Buffer) => StructuredBody;

const json: Codec = (bytes) => ({ bytes, format: "json" });

/** What reads a body of a media type: one line for another codec. */
const codecs: Readonly<Record<string, Codec>> = {
  "": json,
  "application/json": json,
  "application/yaml": (bytes) => ({ bytes, format: "yaml" }),
  "application/vnd.kubernetes.protobuf": (bytes) => ({ bytes: decodeProtobuf(bytes), format: "json" }),
};

/** The body of a write in a form that the schema reads; refuses a media type that no codec knows before reading it. */
export async function structuredBody(request: ApiRequest): Promise<StructuredBody> {
  const codec = codecs[mediaType(request.exchange.headers["content-type"])];
  if (codec === undefined)
    throw new StatusError({
      reason: "UnsupportedMediaType",
      message:
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    });
  return codec(await request.body());
}
