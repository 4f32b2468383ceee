import { StatusError } from "@bulkhead/api";
import type { ApiRequest } from "../request/api-request.ts";
import { mediaType } from "../request/negotiate.ts";

/** The form of the body that a write brings; refuses what no codec reads. */
export function bodyFormat(request: ApiRequest): "json" | "yaml" {
  switch (mediaType(request.exchange.headers["content-type"])) {
    case "":
    case "application/json":
      return "json";
    case "application/yaml":
      return "yaml";
    default:
      throw new StatusError({
        reason: "UnsupportedMediaType",
        message:
          "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml",
      });
  }
}
