import type { EndpointSlice, Service } from "@bulkhead/api";
import { type NetworkRuleSet, normaliseNetwork } from "@bulkhead/policy";
import type { NetworkLayout } from "../namespace/plan.ts";
import type { Table } from "../nft/nodes.ts";
import { buildTable, type CompiledServices, type GuardedNetwork, type LocalService } from "../policy/base-table.ts";
import { compileServices } from "../services/compile.ts";
import { type ServicePort, servicePorts } from "../services/service-ports.ts";
import type { NetworkInformers } from "./informers.ts";
import { networkFacts } from "./node-addresses.ts";
import type { PodLinks } from "./pod-links.ts";
import type { PolicyView } from "./policy-view.ts";

export interface WantedTableOptions {
  readonly informers: NetworkInformers;
  readonly layout: NetworkLayout;
  readonly node: string;
  readonly links: PodLinks;
  readonly view: PolicyView;
  readonly local: readonly LocalService[];
  readonly defaults: "bulkhead" | "kubernetes";
  readonly now: () => number;
}

interface KnownService {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly ports: readonly ServicePort[];
}

const serviceOf = (slice: EndpointSlice): string =>
  `${slice.metadata.namespace ?? ""}/${slice.metadata.labels?.["kubernetes.io/service-name"] ?? ""}`;

/** Where Services come from: only those that changed, or whose slices did, are worked out anew. */
export function serviceTables(
  options: WantedTableOptions,
): () => { ports: readonly ServicePort[]; compiled: CompiledServices } {
  const { informers, layout } = options;
  const localAddresses = new Set([layout.apiAddress, layout.dnsAddress, ...options.local.map((l) => l.address)]);
  let known = new Map<string, KnownService>();
  return () => {
    const slices = Map.groupBy(informers.endpointSlices.list(), serviceOf);
    const next = new Map<string, KnownService>();
    for (const service of informers.services.list()) {
      const key = `${service.metadata.namespace ?? ""}/${service.metadata.name ?? ""}`;
      const own = slices.get(key) ?? [];
      const before = known.get(key);
      const same =
        before?.service === service &&
        before.slices.length === own.length &&
        own.every((slice, i) => slice === before.slices[i]);
      next.set(key, same ? before : { service, slices: own, ports: servicePorts(service, own, options.node) });
    }
    known = next;
    const ports = [...next.values()].flatMap((k) => k.ports);
    const compiled = compileServices({
      ports,
      families: [4],
      uplink: layout.uplink,
      nodePortAddresses: [layout.innerAddress],
      localAddresses,
    });
    return { ports, compiled };
  };
}

const guarded = (layout: NetworkLayout): GuardedNetwork => ({
  uplink: layout.uplink,
  podCidrs: [layout.podCidr],
  serviceCidrs: [layout.serviceCidr],
  answered: [layout.nodeAddress, layout.relayAddress],
});

/** The table before anything is known: nothing passes. */
export function closedTable(layout: NetworkLayout): Table {
  const facts = { now: 0, nodeIps: [], closed: [] };
  const rules = normaliseNetwork({ pods: [], namespaces: [], policies: [], exceptions: [], facts });
  return buildTable({ network: guarded(layout), rules, links: [], local: [], services: { chains: [], sets: [] } });
}

/** The table that the objects of this moment come to. */
export function wantedTable(
  options: WantedTableOptions,
  services: CompiledServices,
  nodeAddresses: readonly string[],
): { readonly table: Table; readonly rules: NetworkRuleSet } {
  const { informers, layout, links, view } = options;
  const now = options.now();
  const pods = informers.pods.list();
  const namespaces = informers.namespaces.list();
  const inhabited = new Set([...links.namespaces(), ...pods.map((p) => p.metadata.namespace ?? "")]);
  const rules = normaliseNetwork({
    pods,
    namespaces,
    policies: view.current({ informed: informers.policies.list(), namespaces, inhabited, now }),
    exceptions: informers.exceptions.list(),
    facts: {
      now,
      ...networkFacts(layout, nodeAddresses, options.defaults),
      served: options.local,
      addresses: links.addresses(pods, options.node),
    },
  });
  const table = buildTable({
    network: guarded(layout),
    rules,
    links: links.list((ip) => rules.podsByIp.has(ip)),
    local: options.local,
    services,
  });
  return { table, rules };
}
