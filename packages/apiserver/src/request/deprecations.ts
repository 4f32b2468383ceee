import type { RequestInfo } from "./request-info.ts";

/** Versions of kinds that upstream advises against, with its words for it. */
const deprecated: ReadonlyMap<string, string> = new Map([
  ["/v1/endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
]);

/** What a client that uses this path is told. */
export const deprecationOf = (info: RequestInfo): string | undefined =>
  info.isResource ? deprecated.get(`${info.group}/${info.version}/${info.resource}`) : undefined;
