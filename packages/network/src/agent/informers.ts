import {
  type EndpointSlice,
  type Exception,
  isolatedCondition,
  type Log,
  type Namespace,
  type NetworkPolicy,
  type Pod,
  type Service,
} from "@bulkhead/api";
import { type Client, createInformerFactory, exceptions, type Informer, resources } from "@bulkhead/client";

/** The objects that the network is made from; DNS and denials read the same copies. */
export interface NetworkInformers {
  readonly pods: Informer<Pod>;
  readonly namespaces: Informer<Namespace>;
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly policies: Informer<NetworkPolicy>;
  readonly exceptions: Informer<Exception>;
}

export function networkInformers(client: Client, signal: AbortSignal, log: Log): NetworkInformers {
  const factory = createInformerFactory({ client, signal, log });
  return {
    pods: factory.of(resources.pods),
    namespaces: factory.of(resources.namespaces),
    services: factory.of(resources.services),
    endpointSlices: factory.of(resources.endpointSlices),
    policies: factory.of(resources.networkPolicies),
    exceptions: factory.of(exceptions),
  };
}

/** Exceptions only open, and their definition may not be there yet: a first table may do without them after so long. */
const exceptionsMs = 3_000;

/** Resolves when all that closes, and all that translates, is known. */
export async function informersSynced(informers: NetworkInformers): Promise<void> {
  const { pods, namespaces, services, endpointSlices, policies } = informers;
  await Promise.all([pods, namespaces, services, endpointSlices, policies].map((informer) => informer.synced));
  const enough = new Promise<void>((resolve) => setTimeout(resolve, exceptionsMs).unref());
  await Promise.race([informers.exceptions.synced, enough]);
}

/** What of a pod the rules depend on: a status update that changes none of it wakes nobody. */
export function ruledFields(pod: Pod | undefined): string {
  if (pod === undefined) return "";
  const { metadata, spec, status } = pod;
  const ended = status?.phase === "Succeeded" || status?.phase === "Failed";
  const ports = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((c) => c.ports ?? []);
  return JSON.stringify([
    metadata.uid,
    metadata.labels,
    spec?.nodeName,
    spec?.hostNetwork,
    ports,
    ended,
    status?.podIPs,
    status?.conditions?.find(({ type }) => type === isolatedCondition),
  ]);
}
