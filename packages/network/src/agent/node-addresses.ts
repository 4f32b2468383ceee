import { networkInterfaces } from "node:os";
import type { NetworkFacts } from "@bulkhead/policy";
import type { NetworkLayout } from "../namespace/plan.ts";
import type { LocalService } from "../policy/base-table.ts";

/** The host's own addresses, loopback left out (no packet of another can carry it). Sorted. */
export function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [...new Set(all.filter((a) => !a.internal).map((a) => a.address.split("%")[0] ?? a.address))].sort();
}

/**
 * Where clouds tell a machine who it is, credentials among it: all of link-local (AWS, Google, Azure, OpenStack and
 * others at 169.254.169.254, ECS at .170.2), AWS over IPv6, Azure's wire server, Alibaba's.
 */
const metadataCidrs = ["169.254.0.0/16", "fd00:ec2::254/128", "fe80::/10", "168.63.129.16/32", "100.100.100.200/32"];

const single = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

/** What is closed to pods whatever their policies say; `open` (upstream's defaults) closes nothing. */
function closedRanges(layout: NetworkLayout, addresses: readonly string[], open: boolean): NetworkFacts["closed"] {
  if (open) return [];
  return [
    {
      rule: "metadata",
      says: "it tells who this machine is and hands out its credentials",
      cidrs: metadataCidrs,
    },
    {
      rule: "node",
      says: "it is the node itself; pods reach its API server and DNS at their Services, its registry at their gateway",
      cidrs: [layout.linkCidr, ...addresses.map(single)],
    },
  ];
}

/** What the namespace itself serves to pods whom their policies let: the API server, the DNS, the machine's registry. */
export const localServices = (layout: NetworkLayout, registryPort: number | undefined): LocalService[] => [
  { address: layout.apiAddress, protocol: "TCP", port: 443 },
  { address: layout.dnsAddress, protocol: "UDP", port: 53 },
  { address: layout.dnsAddress, protocol: "TCP", port: 53 },
  ...(registryPort === undefined
    ? []
    : [{ address: layout.gatewayAddress, protocol: "TCP" as const, port: registryPort }]),
];

/**
 * The facts of an instance's network that its packet filter judges by, and everyone who explains it must: which
 * addresses are the node's (the relay's is not: its clients are outsiders), and what is closed to pods. With
 * `kubernetes` defaults nothing is. `addresses`: the host's own, see `hostAddresses`.
 */
export function networkFacts(
  layout: NetworkLayout,
  addresses: readonly string[],
  defaults: "bulkhead" | "kubernetes",
): Pick<NetworkFacts, "nodeIps" | "closed"> {
  const nodeIps = [layout.nodeAddress, ...addresses].filter((address) => address !== layout.relayAddress);
  return { nodeIps: [...new Set(nodeIps)], closed: closedRanges(layout, addresses, defaults === "kubernetes") };
}
