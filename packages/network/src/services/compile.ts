import { createHash } from "node:crypto";
import { type Family, familyOf } from "../nft/addresses.ts";
import {
  type Backend,
  type Chain,
  chain,
  dnat,
  dynamicSet,
  type ElementSet,
  goTo,
  lookup,
  match,
  randomGoto,
  remember,
  rule,
  type Target,
  verdictMap,
  verdictMapOf,
} from "../nft/nodes.ts";
import type { CompiledServices } from "../policy/base-table.ts";
import { addressType } from "../policy/compile.ts";
import type { ServicePort } from "./service-ports.ts";

export interface ServicesInput {
  readonly ports: readonly ServicePort[];
  readonly families: readonly Family[];
  readonly uplink: string;
  /** Addresses of this namespace at which node ports answer: the inner end of the link. */
  readonly nodePortAddresses: readonly string[];
  /** ClusterIPs that this namespace serves itself (API server, DNS): never translated. */
  readonly localAddresses: ReadonlySet<string>;
}

/** Clients a Service port with affinity remembers at once. */
const affinityClients = 65_536;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

const familyBackends = (all: readonly Backend[], family: Family): Backend[] =>
  all.filter((b) => familyOf(b.address) === family);

const sourceAddress = (family: Family) => (family === 4 ? "ip saddr" : "ip6 saddr");
const nftFamily = (family: Family) => (family === 4 ? "ip" : "ip6");

/** One chain a port, and with affinity one more and one set of clients a backend. */
function backendChains(name: string, port: ServicePort, family: Family, to: readonly Backend[]): CompiledServices {
  const protocol = match("meta l4proto", port.protocol.toLowerCase());
  const seconds = port.affinitySeconds;
  if (seconds === undefined) return { chains: [chain(name, [rule(protocol, dnat(nftFamily(family), to))])], sets: [] };
  const each = to.map((backend) => ({ backend, name: `${name}-${digest(`${backend.address} ${backend.port}`)}` }));
  const sets = each.map((e) => dynamicSet(`clients-${e.name}`, addressType(family), seconds, affinityClients));
  const returning = each.map((e) => rule(lookup(`clients-${e.name}`, sourceAddress(family)), goTo(e.name)));
  const own = each.map((e) =>
    chain(e.name, [
      rule(remember(`clients-${e.name}`, sourceAddress(family), seconds)),
      rule(protocol, dnat(nftFamily(family), [e.backend])),
    ]),
  );
  return { chains: [chain(name, [...returning, rule(randomGoto(each.map((e) => e.name)))]), ...own], sets };
}

interface Gathered {
  readonly chains: Chain[];
  readonly sets: ElementSet[];
  readonly targets: [string, Target][];
  readonly nodePorts: [string, Target][];
}

interface CompiledPort extends CompiledServices {
  readonly name: string;
  /** Whether the ClusterIP is served: a port without backends is in no map. */
  readonly internal: boolean;
  /** The chain for the node port; undefined: none is served. */
  readonly external: string | undefined;
}

/** A port that did not change is compiled once; its rules keep their identity, and so their printed text. */
const compiledPorts = new WeakMap<ServicePort, Map<Family, CompiledPort>>();

const sameBackends = (a: readonly Backend[], b: readonly Backend[]): boolean => JSON.stringify(a) === JSON.stringify(b);

function compilePort(port: ServicePort, family: Family): CompiledPort {
  const name = `service-${digest(`${port.namespace}/${port.name} ${port.protocol} ${port.port}`)}-${family}`;
  const internal = familyBackends(port.internal, family);
  const external = familyBackends(port.external, family);
  const chains: Chain[] = [];
  const sets: ElementSet[] = [];
  const add = (chainName: string, to: readonly Backend[]): void => {
    const made = backendChains(chainName, port, family, to);
    chains.push(...made.chains);
    sets.push(...made.sets);
  };
  if (internal.length > 0) add(name, internal);
  if (port.nodePort === undefined || external.length === 0) {
    return { name, chains, sets, internal: internal.length > 0, external: undefined };
  }
  const shared = sameBackends(internal, external);
  if (!shared) add(`${name}-x`, external);
  return { name, chains, sets, internal: internal.length > 0, external: shared ? name : `${name}-x` };
}

function compiledPort(port: ServicePort, family: Family): CompiledPort {
  const families = compiledPorts.get(port) ?? new Map<Family, CompiledPort>();
  compiledPorts.set(port, families);
  const made = families.get(family) ?? compilePort(port, family);
  families.set(family, made);
  return made;
}

function gather(port: ServicePort, family: Family, input: ServicesInput, into: Gathered): void {
  const clusterIp = port.clusterIps.find((address) => familyOf(address) === family);
  if (clusterIp === undefined || input.localAddresses.has(clusterIp)) return;
  const made = compiledPort(port, family);
  const protocol = port.protocol.toLowerCase();
  into.chains.push(...made.chains);
  into.sets.push(...made.sets);
  if (made.internal) into.targets.push([`${clusterIp} . ${protocol} . ${port.port}`, { goto: made.name }]);
  if (made.external !== undefined) into.nodePorts.push([`${protocol} . ${port.nodePort}`, { goto: made.external }]);
}

/**
 * Services as two maps: address, protocol and port to the chain that translates. A packet's way does not grow with
 * their number. A ClusterIP without backend is in no map, keeps its address and is refused by the forward chain.
 */
export function compileServices(input: ServicesInput): CompiledServices {
  const all: Gathered = { chains: [], sets: [], targets: [], nodePorts: [] };
  const rules = input.families.flatMap((family) => {
    const into: Gathered = { ...all, targets: [], nodePorts: [] };
    const seen = new Set<string>();
    for (const port of input.ports) {
      // Two Services can hold the same address only by a mistake of the API; the first by name keeps it.
      const key = `${port.clusterIps.join()} ${port.protocol} ${port.port}`;
      if (seen.has(key)) continue;
      seen.add(key);
      gather(port, family, input, into);
    }
    const type = addressType(family);
    all.sets.push(
      verdictMapOf(`services-${family}`, [type, "inet_proto", "inet_service"], into.targets),
      verdictMapOf(`node-ports-${family}`, ["inet_proto", "inet_service"], into.nodePorts),
    );
    const destination = family === 4 ? "ip daddr" : "ip6 daddr";
    const nodePortAddresses = input.nodePortAddresses.filter((address) => familyOf(address) === family);
    return [
      rule(verdictMap(`services-${family}`, destination, "meta l4proto", "th dport")),
      ...nodePortAddresses.map((address) =>
        rule(
          match("iifname", input.uplink),
          match(destination, address),
          verdictMap(`node-ports-${family}`, "meta l4proto", "th dport"),
        ),
      ),
    ];
  });
  const hook = { type: "nat", hook: "prerouting", priority: -100, policy: "accept" } as const;
  return { chains: [chain("services", rules, hook), ...all.chains], sets: all.sets };
}
