import type { AddressInfo } from "node:net";
import { silentLog } from "@bulkhead/api";
import { StoreError } from "@bulkhead/store";
import { formatAddress, parseRange } from "./admission/cidr.ts";
import { admissionPlugins } from "./admission/plugins.ts";
import { watchDeciders } from "./admission/rule-cache.ts";
import { serviceAllocation } from "./admission/service-allocation.ts";
import { boundObjects } from "./authentication/bound-objects.ts";
import { clientCertificateAuthenticator } from "./authentication/client-certificate.ts";
import { staticBearerAuthenticator } from "./authentication/static-bearer.ts";
import { tokenAuthenticator } from "./authentication/token-authenticator.ts";
import { createTokenKeys } from "./authentication/token-keys.ts";
import { authorizerChain } from "./authorization/authorizer.ts";
import { nodeAuthorizer } from "./authorization/node-authorizer.ts";
import { rbacAuthorizer } from "./authorization/rbac-authorizer.ts";
import { watchRbac } from "./authorization/rbac-rules.ts";
import { reconcileRoles } from "./authorization/reconcile-roles.ts";
import { createOpenTrust, createOwnDefinitions, createOwnService, createSystemNamespaces } from "./bootstrap.ts";
import { serveDefinitions } from "./customresources/definitions.ts";
import { currencyMetrics } from "./discovery/currency-metrics.ts";
import { EventLoopDelay } from "./discovery/event-loop-delay.ts";
import { imageMetrics } from "./discovery/image-metrics.ts";
import { pathHandlers } from "./discovery/path-handlers.ts";
import { postureMetrics } from "./discovery/posture-metrics.ts";
import { InFlight } from "./http/in-flight.ts";
import { defaultHttpLimits } from "./http/limits.ts";
import { createListener, type ListenAddress, type ServingCertificates } from "./http/listener.ts";
import { tellAgent } from "./identity-use/tell-agent.ts";
import { IdentityWatch } from "./identity-use/watch-identities.ts";
import type { ApiServerOptions } from "./options.ts";
import { registryPaths } from "./registry-token/registry-paths.ts";
import { createTokenForms } from "./registry-token/token-form.ts";
import { createDispatch } from "./request/dispatch.ts";
import { type JourneyOptions, serve } from "./request/journey.ts";
import { RefusalCounter } from "./request/refusal-counter.ts";
import { RequestCounters } from "./request/request-counters.ts";
import { serveUpgrade } from "./request/upgrade-journey.ts";
import { builtInSchema } from "./resources/built-in-schema.ts";
import { builtInRows, createRegistry } from "./resources/registry.ts";
import type { ApiServices } from "./resources/services.ts";
import { subresourceHandlers, virtualHandlers } from "./subresources/handlers.ts";

export interface ApiServer {
  /** Takes connections at an address or on a handed-over socket; may be called for several. Gives where. */
  listen(address: ListenAddress): Promise<AddressInfo>;
  /** New connections are served with these; nothing is interrupted. */
  renew(certificates: ServingCertificates): void;
  /** Ends watches, lets requests finish for up to `grace` milliseconds (default 5000), then cuts. Leaves the store open. */
  close(grace?: number): Promise<void>;
}

/** The API server. Resolves when the default roles stand; call `listen` then. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, log = silentLog } = options;
  const now = options.now ?? Date.now;
  const limits = { ...defaultHttpLimits, ...options.limits };
  const registry = createRegistry(builtInRows, builtInSchema);
  const mode = options.mode ?? "bulkhead";
  const serviceCidr = options.serviceCidr ?? "10.96.0.0/16";
  const clusterDns = options.clusterDns ?? formatAddress(parseRange(serviceCidr).first + 10);
  const rootCa = options.rootCa ?? "";
  const bootstrap = { store, registry, log, mode, serviceCidr, clusterDns, rootCa, now };
  await reconcileRoles({ store, registry, log, now: now(), own: options.ownAccess ?? [] });
  await createSystemNamespaces(bootstrap);
  await createOwnService(bootstrap);
  await createOwnDefinitions(bootstrap);
  const definitions = serveDefinitions({ store, registry, log, now });
  await definitions.settled;
  await createOpenTrust(bootstrap);
  const rules = watchRbac(store, (why) => log.warn({ why }, "the watch of the access rules was renewed"));
  const nodes = nodeAuthorizer(store);
  const issuer = options.tokens.issuer ?? "https://kubernetes.default.svc";
  const audiences = options.tokens.audiences ?? [issuer];
  const deciders = watchDeciders(store, "privileged", now);
  const keys = createTokenKeys(options.tokens.signingKey, options.tokens.verifyingKeys);
  const tokens = tokenAuthenticator({
    keys,
    issuer,
    audiences,
    objects: boundObjects(store, now, () => deciders.exceptions),
  });
  const closing = new AbortController();
  const counters = new RequestCounters();
  const refusals = new RefusalCounter();
  const authorizer = authorizerChain([nodes.authorizer, rbacAuthorizer(rules)]);
  const allocation = serviceAllocation({
    store,
    serviceCidr,
    nodePorts: options.nodePorts ?? { first: 30_000, last: 32_767 },
  });
  const admission = admissionPlugins({
    store,
    registry,
    authorizer,
    rbac: rules,
    deciders,
    mode,
    images: options.images,
    nodePolicy: options.nodePolicy ?? (() => undefined),
    services: allocation,
    clusterDns,
    rootCa,
    now,
  });
  const services: ApiServices = { store, log, mode, registry, authorizer, admission, now };
  const inFlight = new InFlight(limits);
  const identities = new IdentityWatch({
    store,
    tell: (report) => tellAgent(options.agents, report),
    serves: ({ group, version, resource }) => registry.find(group, version, resource) !== undefined,
    log,
    now,
    ...options.identities,
  });
  const delay = new EventLoopDelay();
  const journey: JourneyOptions = {
    services,
    authenticators: [
      clientCertificateAuthenticator(),
      ...(options.staticTokens === undefined ? [] : [staticBearerAuthenticator(options.staticTokens)]),
      tokens,
      ...(options.authenticators ?? []),
    ],
    limits,
    inFlight,
    counters,
    refusals,
    identities,
    dispatch: createDispatch({
      paths: registryPaths(
        options.registryTokens,
        { store, images: options.images, rules: () => deciders.images },
        pathHandlers({
          advertise: options.advertise ?? "",
          issuer,
          keys,
          version: options.version ?? "",
          counters,
          refusals,
          inFlight,
          delay,
          images: imageMetrics(store),
          posture: postureMetrics(store),
          currency: currencyMetrics(store),
          identities: () => identities.metrics(),
          health: { livez: [ping], readyz: [ping, storeCheck(options)] },
        }),
      ),
      virtual: virtualHandlers({ rules, tokens, audiences }),
      subresources: subresourceHandlers({
        agents: options.agents,
        tokens: { keys, issuer, audiences, maxLifetime: options.tokens.maxLifetime ?? 31_536_000 },
      }),
    }),
    signal: closing.signal,
    ...(options.registryTokens === undefined ? {} : { tokenForm: createTokenForms() }),
  };
  const listener = createListener({
    certificates: options.certificates,
    limits,
    onExchange: (exchange) => {
      serve(journey, exchange).catch((error: unknown) => {
        log.error({ err: error }, "an answer could not be sent");
        exchange.abort();
      });
    },
    onUpgrade: (exchange) => {
      serveUpgrade(journey, options.agents, exchange).catch((error: unknown) => {
        log.error({ err: error }, "an upgrade could not be answered");
        exchange.socket.destroy();
      });
    },
  });
  return {
    listen: (address) => listener.listen(address),
    renew: (certificates) => listener.renew(certificates),
    close: async (grace = 5000) => {
      closing.abort();
      await listener.close(grace);
      await identities.close();
      rules.close();
      nodes.close();
      definitions.close();
      deciders.close();
      allocation.close();
      delay.close();
    },
  };
}

const ping = { name: "ping", check: () => undefined };

const storeCheck = ({ store }: ApiServerOptions) => ({
  name: "store",
  check: (): string | undefined => {
    try {
      return store.head >= 0 ? undefined : "no revision";
    } catch (error) {
      return error instanceof StoreError ? error.code : "unknown";
    }
  },
});
