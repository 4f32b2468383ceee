import { isIP } from "node:net";
import type { ServicePort as ApiServicePort, Endpoint, EndpointSlice, Service } from "@bulkhead/api";
import type { Protocol } from "@bulkhead/policy";
import type { Backend } from "../nft/nodes.ts";

/** One port of one Service with the backends that traffic may be translated to. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  /** Name of the port, "" for the only one. */
  readonly portName: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nodePort: number | undefined;
  /** One per family; none for headless Services. */
  readonly clusterIps: readonly string[];
  /** Seconds for which a client stays with its backend; undefined: no affinity. */
  readonly affinitySeconds: number | undefined;
  /** For traffic from inside (pods and the node itself), by family. */
  readonly internal: readonly Backend[];
  /** For traffic that came over the node port. */
  readonly external: readonly Backend[];
}

const isReady = (endpoint: Endpoint): boolean => endpoint.conditions?.ready ?? true;
const isServing = (endpoint: Endpoint): boolean => endpoint.conditions?.serving ?? isReady(endpoint);
const isTerminating = (endpoint: Endpoint): boolean => endpoint.conditions?.terminating ?? false;

/** Ready ones; when there is none, those that still serve while they end (KEP-1669). */
function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter(isReady);
  return ready.length > 0 ? ready : endpoints.filter((e) => isServing(e) && isTerminating(e));
}

/** `169.254.…`, `127.…`, `::1`, `fe80::…`: an address nobody may be sent to by writing an EndpointSlice (CVE-2021-25737). */
const isForbiddenBackend = (address: string): boolean =>
  /^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|::1$|::$|fe[89ab][0-9a-f]:|ff)/i.test(address);

interface Candidate {
  readonly endpoint: Endpoint;
  readonly port: number;
}

function candidates(slices: readonly EndpointSlice[], portName: string, protocol: Protocol): Candidate[] {
  return slices.flatMap((slice) => {
    if (slice.addressType === "FQDN") return [];
    const port = slice.ports?.find((p) => (p.name ?? "") === portName && (p.protocol ?? "TCP") === protocol)?.port;
    return port === undefined ? [] : (slice.endpoints ?? []).map((endpoint) => ({ endpoint, port }));
  });
}

function backends(found: readonly Candidate[], local: boolean, node: string): Backend[] {
  const eligible = local ? found.filter((c) => c.endpoint.nodeName === node) : found;
  const allowed = new Set(usable(eligible.map((c) => c.endpoint)));
  const byText = new Map<string, Backend>();
  for (const { endpoint, port } of eligible) {
    const [address] = endpoint.addresses;
    if (address === undefined || !allowed.has(endpoint) || isForbiddenBackend(address)) continue;
    byText.set(`${address} ${port}`, { address, port });
  }
  return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, backend]) => backend);
}

const isHeadless = (service: Service): boolean => (service.spec?.clusterIP ?? "None") === "None";

/** What the API promises of a Service is looked at again: a stolen one must not write our rules, or take the host's ports. */
const isNodePort = (port: number | undefined): boolean =>
  port !== undefined && Number.isInteger(port) && port >= 30_000 && port <= 32_767;
const isServicePort = ({ port, protocol = "TCP" }: ApiServicePort): boolean =>
  Number.isInteger(port) && port >= 1 && port <= 65_535 && ["TCP", "UDP", "SCTP"].includes(protocol);

/** Default of `sessionAffinityConfig.clientIP.timeoutSeconds`. */
const affinityDefault = 10_800;

/**
 * The ports of a Service as the packet filter serves them; none for ExternalName and headless Services. `externalIPs`
 * are not served: whoever may write a Service could claim another's address with them (CVE-2020-8554).
 */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], node: string): ServicePort[] {
  const spec = service.spec;
  if (spec === undefined || spec.type === "ExternalName" || isHeadless(service)) return [];
  const onNode = spec.type === "NodePort" || spec.type === "LoadBalancer";
  const clusterIps = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  return (spec.ports ?? []).filter(isServicePort).map((port) => {
    const protocol = (port.protocol ?? "TCP") as Protocol;
    const found = candidates(slices, port.name ?? "", protocol);
    return {
      namespace: service.metadata.namespace ?? "",
      name: service.metadata.name ?? "",
      portName: port.name ?? "",
      protocol,
      port: port.port,
      nodePort: onNode && isNodePort(port.nodePort) ? port.nodePort : undefined,
      clusterIps: clusterIps.filter((ip) => isIP(ip) !== 0),
      affinitySeconds:
        spec.sessionAffinity === "ClientIP"
          ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinityDefault)
          : undefined,
      internal: backends(found, spec.internalTrafficPolicy === "Local", node),
      external: backends(found, spec.externalTrafficPolicy === "Local", node),
    };
  });
}
