import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, ObjectRef } from "@bulkhead/api";
import { cidrCovers, formatCidr, parseCidr } from "../address/ip.ts";
import type { Because } from "../verdict.ts";
import type { Interned } from "./interned.ts";
import {
  type AllowEntry,
  type Direction,
  type PeerMatch,
  type PortMatch,
  type Protocol,
  protocols,
} from "./rule-set.ts";

export const policyRef = (policy: NetworkPolicy): ObjectRef => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  namespace: policy.metadata.namespace ?? "",
  name: policy.metadata.name ?? "",
});

/** The directions that a policy isolates: as said, or else ingress, and egress when it has egress rules. */
export function directionsOf(policy: NetworkPolicy): readonly Direction[] {
  const types = policy.spec?.policyTypes ?? [];
  if (types.length === 0) return (policy.spec?.egress ?? []).length > 0 ? ["ingress", "egress"] : ["ingress"];
  return (["ingress", "egress"] as const).filter((d) => types.some((type) => type.toLowerCase() === d));
}

const readProtocol = (text: string | undefined): Protocol | undefined => protocols.find((p) => p === (text ?? "TCP"));

/** One entry of `ports`, or why it makes no sense. */
function compilePort(port: NetworkPolicyPort, interned: Interned): PortMatch | string {
  const protocol = readProtocol(port.protocol);
  if (protocol === undefined) return `${port.protocol} is no protocol of a NetworkPolicy`;
  if (port.port === undefined) {
    if (port.endPort !== undefined) return "endPort needs port";
    return { kind: "range", protocol, from: 0, to: 65535 };
  }
  if (typeof port.port === "string") {
    if (port.endPort !== undefined) return "endPort needs a numeric port";
    return { kind: "named", protocol, name: port.port, set: interned.named(port.port, protocol).id };
  }
  const to = port.endPort ?? port.port;
  if (to < port.port) return "endPort lies below port";
  return { kind: "range", protocol, from: port.port, to };
}

/** One entry of `from` or `to`, or why it makes no sense. */
function compilePeer(peer: NetworkPolicyPeer, namespace: string, interned: Interned): PeerMatch | string {
  if (peer.ipBlock === undefined) {
    if (peer.podSelector === undefined && peer.namespaceSelector === undefined) return "names no peer";
    const set = interned.peers(namespace, peer);
    return set === undefined ? "has a selector that cannot be read" : { kind: "pods", set: set.id };
  }
  if (peer.podSelector !== undefined || peer.namespaceSelector !== undefined) return "mixes ipBlock with selectors";
  const cidr = parseCidr(peer.ipBlock.cidr);
  const except = (peer.ipBlock.except ?? []).map(parseCidr);
  const readable = except.filter((c) => c !== undefined);
  if (cidr === undefined || readable.length !== except.length) return "has a block that cannot be read";
  return {
    kind: "block",
    cidr: formatCidr(cidr),
    except: readable.filter((c) => cidrCovers(cidr, c) || cidrCovers(c, cidr)).map(formatCidr),
  };
}

export interface CompiledRules {
  readonly entries: readonly AllowEntry[];
  readonly problems: readonly Because[];
}

/** A policy's rules of one direction as entries. What makes no sense allows nothing and is told as a problem. */
export function compileRules(policy: NetworkPolicy, direction: Direction, interned: Interned): CompiledRules {
  const object = policyRef(policy);
  const entries: AllowEntry[] = [];
  const problems: Because[] = [];
  const problem = (field: string, rule: string, why: string): void => {
    problems.push({
      object,
      field,
      rule,
      says: `NetworkPolicy ${object.namespace}/${object.name}: ${field} ${why}, so it allows nothing`,
    });
  };
  const rules =
    direction === "ingress"
      ? (policy.spec?.ingress ?? []).map((rule) => ({ ports: rule.ports, peers: rule.from, word: "from" }))
      : (policy.spec?.egress ?? []).map((rule) => ({ ports: rule.ports, peers: rule.to, word: "to" }));
  for (const [i, rule] of rules.entries()) {
    const at = `spec.${direction}[${i}]`;
    const ports: PortMatch[] = [];
    for (const [j, port] of (rule.ports ?? []).entries()) {
      const compiled = compilePort(port, interned);
      if (typeof compiled === "string") problem(`${at}.ports[${j}]`, "unreadable-port", compiled);
      else ports.push(compiled);
    }
    const open: AllowEntry["ports"] = (rule.ports ?? []).length === 0 ? "any" : ports;
    if ((rule.peers ?? []).length === 0)
      entries.push({ peer: { kind: "any" }, ports: open, origin: { object, field: at } });
    for (const [j, peer] of (rule.peers ?? []).entries()) {
      const field = `${at}.${rule.word}[${j}]`;
      const compiled = compilePeer(peer, object.namespace ?? "", interned);
      if (typeof compiled === "string") problem(field, "unreadable-peer", compiled);
      else {
        entries.push({ peer: compiled, ports: open, origin: { object, field } });
        if (
          direction === "egress" &&
          compiled.kind === "block" &&
          open !== "any" &&
          open.some((p) => p.kind === "named")
        ) {
          problem(field, "named-port-of-block", "names a port, which means nothing for addresses");
        }
      }
    }
  }
  return { entries, problems };
}
