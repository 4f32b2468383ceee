import type { AllowEntry, NetworkRuleSet, PeerMatch, PortMatch, Protocol } from "@bulkhead/policy";
import { type Family, familyOf, mergeRanges, parseCidr, printRange, subtractRanges } from "../nft/addresses.ts";
import { type ElementSet, intervalSet, lookup, match, type Rule, rule, type Statement } from "../nft/nodes.ts";
import { namedPortSet, peerSet } from "./names.ts";

/** Which end of the connection the peer is: the source (in ingress chains) or the destination. */
export type PeerEnd = "source" | "destination";

const endField = (end: PeerEnd, family: Family) => {
  if (end === "source") return family === 4 ? "ct original ip saddr" : "ct original ip6 saddr";
  return family === 4 ? "ct reply ip saddr" : "ct reply ip6 saddr";
};

const l4proto = (protocol: Protocol): Statement => match("meta l4proto", protocol.toLowerCase());

/** Sets that rules need besides those of pods: gathered while rules are made. */
export interface SetSink {
  add(set: ElementSet): void;
}

interface Peer {
  readonly family: Family | undefined;
  readonly statements: readonly Statement[];
}

function blockPeer(peer: Extract<PeerMatch, { kind: "block" }>, end: PeerEnd, name: string, sink: SetSink): Peer[] {
  const family = familyOf(peer.cidr);
  const block = parseCidr(peer.cidr);
  if (block === undefined) return [];
  if (peer.except.length === 0) return [{ family, statements: [match(endField(end, family), peer.cidr)] }];
  const except = peer.except.flatMap((cidr) => parseCidr(cidr) ?? []);
  const ranges = subtractRanges([block], except).map((range) => printRange(range, family));
  if (ranges.length === 0) return [];
  sink.add(intervalSet(name, family === 4 ? "ipv4_addr" : "ipv6_addr", ranges));
  return [{ family, statements: [lookup(name, endField(end, family))] }];
}

function peersOf(
  peer: PeerMatch,
  end: PeerEnd,
  name: string,
  families: readonly Family[],
  rules: NetworkRuleSet,
  sink: SetSink,
): Peer[] {
  switch (peer.kind) {
    case "any":
      return [{ family: undefined, statements: [] }];
    case "pods": {
      const set = rules.peerSets.get(peer.set);
      if (set === undefined) return [];
      return families.map((family) => ({
        family,
        statements: [lookup(peerSet(set.id, family), endField(end, family))],
      }));
    }
    case "block":
      return blockPeer(peer, end, name, sink);
  }
}

interface Ports {
  readonly family: Family | undefined;
  readonly statements: readonly Statement[];
}

/** Ranges per protocol: one range as it stands, several as a set. */
function rangePorts(ports: readonly PortMatch[], name: string, sink: SetSink): Ports[] {
  const byProtocol = new Map<Protocol, { from: bigint; to: bigint }[]>();
  for (const port of ports) {
    if (port.kind !== "range") continue;
    const ranges = byProtocol.get(port.protocol) ?? [];
    ranges.push({ from: BigInt(port.from), to: BigInt(port.to) });
    byProtocol.set(port.protocol, ranges);
  }
  return Array.from(byProtocol, ([protocol, ranges]) => {
    const merged = mergeRanges(ranges);
    const printed = merged.map((r) => (r.from === r.to ? String(r.from) : `${r.from}-${r.to}`));
    const [only, second] = printed;
    if (only !== undefined && second === undefined) {
      return { family: undefined, statements: [l4proto(protocol), match("ct reply proto-src", only)] };
    }
    const set = `${name}-${protocol.toLowerCase()}`;
    sink.add(intervalSet(set, "inet_service", printed));
    return { family: undefined, statements: [l4proto(protocol), lookup(set, "ct reply proto-src")] };
  });
}

function portsOf(
  ports: "any" | readonly PortMatch[],
  name: string,
  families: readonly Family[],
  rules: NetworkRuleSet,
  sink: SetSink,
): Ports[] {
  if (ports === "any") return [{ family: undefined, statements: [] }];
  const named = ports.flatMap((port) => {
    if (port.kind !== "named" || !rules.namedPorts.has(port.set)) return [];
    return families.map((family) => ({
      family,
      statements: [
        l4proto(port.protocol),
        lookup(namedPortSet(port.set, family), endField("destination", family), "ct reply proto-src"),
      ],
    }));
  });
  return [...rangePorts(ports, name, sink), ...named];
}

/** The rules by which one entry lets a connection pass: `then` ends each. */
export function allowRules(
  entry: Pick<AllowEntry, "peer" | "ports">,
  end: PeerEnd,
  name: string,
  then: Statement,
  context: { readonly families: readonly Family[]; readonly rules: NetworkRuleSet; readonly sink: SetSink },
): Rule[] {
  const { families, rules, sink } = context;
  const peers = peersOf(entry.peer, end, `${name}-block`, families, rules, sink);
  const ports = portsOf(entry.ports, `${name}-ports`, families, rules, sink);
  return peers.flatMap((peer) =>
    ports
      .filter((port) => peer.family === undefined || port.family === undefined || peer.family === port.family)
      .map((port) => rule(...peer.statements, ...port.statements, then)),
  );
}
