import type { MetricFamily } from "@bulkhead/api";
import type { TokenKeys } from "../authentication/token-keys.ts";
import type { InFlight } from "../http/in-flight.ts";
import { type Answer, type ApiRequest, jsonAnswer, textAnswer } from "../request/api-request.ts";
import { methodNotAllowed, noSuchPath } from "../request/errors.ts";
import type { RefusalCounter } from "../request/refusal-counter.ts";
import type { RequestCounters } from "../request/request-counters.ts";
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, resourceList } from "./discovery.ts";
import type { EventLoopDelay } from "./event-loop-delay.ts";
import { type HealthChecks, healthAnswer } from "./health.ts";
import { metricsText } from "./metrics.ts";
import { openApiHandler } from "./openapi.ts";
import { openApiV2Answer } from "./openapi-v2.ts";
import { versionInfo } from "./version.ts";

export interface PathOptions {
  readonly advertise: string;
  readonly issuer: string;
  readonly keys: TokenKeys;
  readonly version: string;
  readonly health: HealthChecks;
  readonly counters: RequestCounters;
  readonly refusals: RefusalCounter;
  readonly inFlight: InFlight;
  readonly delay: EventLoopDelay;
  readonly images: () => readonly MetricFamily[];
  readonly posture: () => readonly MetricFamily[];
  readonly currency: () => readonly MetricFamily[];
  readonly identities: () => readonly MetricFamily[];
}

const discoveryV2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const aggregated = (request: ApiRequest, core: boolean): Answer => ({
  answer: "body",
  code: 200,
  type: discoveryV2,
  headers: { vary: "Accept" },
  body: Buffer.from(`${JSON.stringify(aggregatedDiscovery(request.services.registry, core))}\n`),
});

const found = (document: object | undefined): Answer => {
  if (document === undefined) throw noSuchPath();
  return jsonAnswer(200, document);
};

/** Everything that is no resource: discovery, health, version, metrics, the token issuer's own documents. */
export function pathHandlers(options: PathOptions): (request: ApiRequest) => Promise<Answer | undefined> {
  const openApi = openApiHandler(versionInfo(options.version).gitVersion);
  return async (request) => {
    const { info, services } = request;
    const { registry } = services;
    if (info.verb !== "get" && info.verb !== "head") throw methodNotAllowed();
    const path = info.path.length > 1 ? info.path.replace(/\/$/, "") : info.path;
    const v2 = request.representation.as === "discovery-v2";
    switch (path) {
      case "/api":
        return v2 ? aggregated(request, true) : jsonAnswer(200, coreVersions(options.advertise));
      case "/apis":
        return v2 ? aggregated(request, false) : jsonAnswer(200, groupList(registry));
      case "/version":
        return jsonAnswer(200, versionInfo(options.version));
      case "/openapi/v2":
        return openApiV2Answer(versionInfo(options.version).gitVersion, request.representation.as === "openapi-v2");
      case "/metrics":
        return textAnswer(200, metricsText(services.store, options));
      case "/openid/v1/jwks":
        return { ...body(jsonAnswer(200, { keys: options.keys.jwks })), type: "application/jwk-set+json" };
      case "/.well-known/openid-configuration":
        return jsonAnswer(200, {
          issuer: options.issuer,
          jwks_uri: `https://${options.advertise}/openid/v1/jwks`,
          response_types_supported: ["id_token"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: [...new Set(options.keys.jwks.map(({ alg }) => alg))],
        });
      case "/":
        return jsonAnswer(200, { paths: rootPaths(request) });
      default:
        break;
    }
    const segments = path.split("/").slice(1);
    if (segments[0] === "api" && segments.length === 2) return found(resourceList(registry, "", segments[1] ?? ""));
    if (segments[0] === "apis" && segments.length === 2) return found(groupDocument(registry, segments[1] ?? ""));
    if (segments[0] === "apis" && segments.length === 3)
      return found(resourceList(registry, segments[1] ?? "", segments[2] ?? ""));
    return healthAnswer(info, options.health) ?? openApi(request);
  };
}

const body = (answer: Answer): Extract<Answer, { answer: "body" }> => answer as Extract<Answer, { answer: "body" }>;

const rootPaths = (request: ApiRequest): string[] =>
  [
    "/.well-known/openid-configuration",
    "/api",
    "/apis",
    "/healthz",
    "/livez",
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
    ...request.services.registry
      .groups()
      .flatMap(({ group, versions }) =>
        versions.map(({ version }) => (group === "" ? `/api/${version}` : `/apis/${group}/${version}`)),
      ),
  ].toSorted();
