import type { ObjectRef } from "@bulkhead/api";
import type { Identity } from "../exception/subject.ts";
import type { Because } from "../verdict.ts";
import type { Isolation } from "./isolation.ts";

export type Protocol = "TCP" | "UDP" | "SCTP";
export const protocols: readonly Protocol[] = ["TCP", "UDP", "SCTP"];
export type Direction = "ingress" | "egress";

/** `NAMESPACE/NAME` of a pod. */
export type PodKey = string;

/** Where a rule comes from: the object and the field in it (`spec.ingress[0].from[1]`). */
export interface Origin {
  readonly object: ObjectRef;
  readonly field: string;
}

/** Which ports an entry lets pass. Numbers are inclusive. */
export type PortMatch =
  | { readonly kind: "range"; readonly protocol: Protocol; readonly from: number; readonly to: number }
  /** The port that the destination pod itself calls by this name; `set` is an id in `namedPorts`. Never matches a bare address. */
  | { readonly kind: "named"; readonly protocol: Protocol; readonly name: string; readonly set: string };

/** Who is on the other end. */
export type PeerMatch =
  | { readonly kind: "any" }
  /** The pods of `peerSets.get(set)`. */
  | { readonly kind: "pods"; readonly set: string }
  /** Addresses of the block, less its exceptions; pods' addresses count too. Canonical CIDRs, one family. */
  | { readonly kind: "block"; readonly cidr: string; readonly except: readonly string[] };

/** One peer of one rule: a packet passes a chain when any of its entries matches the peer and the port. */
export interface AllowEntry {
  readonly peer: PeerMatch;
  /** `"any"`: every protocol (ICMP too) and port. Otherwise any of these; an empty list matches nothing. */
  readonly ports: "any" | readonly PortMatch[];
  readonly origin: Origin;
}

/**
 * What isolates pods in one direction. Pods that the same policies and exceptions select share a chain, so that the
 * number of chains follows the policies, not the pods. What no entry matches is refused.
 */
export interface Chain {
  /** Stable: depends on the direction, the policies and the exceptions only. `[a-z0-9]+`, at most 20 characters. */
  readonly id: string;
  readonly direction: Direction;
  /** The NetworkPolicies that isolate, in order of namespace and name. Never empty. */
  readonly policies: readonly ObjectRef[];
  readonly allows: readonly AllowEntry[];
}

/** A pod as the rules see it. */
export interface RuledPod {
  readonly key: PodKey;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Canonical addresses; empty until it has one. */
  readonly ips: readonly string[];
  /** In the host's network: no policy holds it and no selector finds it. */
  readonly hostNetwork: boolean;
  /** Id of the chain that holds it, or undefined: open in that direction. */
  readonly ingress: string | undefined;
  readonly egress: string | undefined;
  /** Its condition isolates it, and no exception lets it back: no chain of its own is asked. */
  readonly isolated: Isolation | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Its names for exceptions and commands, the most lasting first. */
  readonly identity: Identity;
}

/** Pods found by one selector, shared by all rules that say the same. For nft: a set of their addresses. */
export interface PeerSet {
  /** Stable: depends on what is selected only. `[a-z0-9]+`, at most 20 characters. */
  readonly id: string;
  /** For people: `pods app=web of namespaces team=a`. */
  readonly says: string;
  /** Sorted. */
  readonly pods: readonly PodKey[];
  /** All their addresses, sorted, without repetition. */
  readonly ips: readonly string[];
}

/** Every pod that calls a port by this name, with the number it means there. For nft: a set of address . port. */
export interface NamedPortSet {
  /** Stable: depends on name and protocol only. */
  readonly id: string;
  readonly name: string;
  readonly protocol: Protocol;
  readonly members: readonly { readonly pod: PodKey; readonly ip: string; readonly port: number }[];
}

/**
 * Addresses closed to pods whatever the NetworkPolicies say (the machine's metadata service, the node). Looked at
 * before the egress chain; a packet that an `opens` entry lets pass goes on to the chain like any other.
 */
export interface ClosedRange {
  readonly rule: string;
  readonly says: string;
  readonly cidrs: readonly string[];
  /** Exceptions: these pods (sorted) may try all the same, on these ports. */
  readonly opens: readonly {
    readonly pods: readonly PodKey[];
    readonly cidr: string;
    readonly ports: "any" | readonly PortMatch[];
    readonly origin: Origin;
  }[];
}

/** A port that the node itself serves to pods (the API server, DNS, the machine's registry). */
export interface ServedPort {
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
}

/**
 * NetworkPolicy and the exceptions to it, compiled: both `evaluate` and the packet filter read this and nothing else.
 * The order of judgement for a new connection; replies to an allowed one always pass:
 * 1. from a pod to itself: passes;
 * 2. from or to an isolated pod: refused, but for TCP from the node to a port that the pod's own probes and hooks name;
 * 3. from an address of the node to a pod: passes (kubelet probes);
 * 4. from a pod to an address in `served`, at a port that is not served there: refused;
 * 5. from a pod to a closed range, unless opened to it: refused;
 * 6. the egress chain of the source, if it has one: an entry must match;
 * 7. the ingress chain of the destination, if it has one: an entry must match.
 * The destination is the one after Service translation.
 */
export interface NetworkRuleSet {
  readonly pods: ReadonlyMap<PodKey, RuledPod>;
  /** Only pods of the pod network, by each canonical address. */
  readonly podsByIp: ReadonlyMap<string, PodKey>;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly peerSets: ReadonlyMap<string, PeerSet>;
  readonly namedPorts: ReadonlyMap<string, NamedPortSet>;
  readonly closed: readonly ClosedRange[];
  /** Whose addresses are served at these ports and no other; canonical. */
  readonly served: readonly ServedPort[];
  /** Canonical addresses of this node. */
  readonly nodeIps: readonly string[];
  /** What holds no meaning or will soon hold none: named ports of blocks, expired exceptions, unreadable rules (which allow nothing). */
  readonly problems: readonly Because[];
  /** When the next exception expires (ms since the epoch): normalise again then. */
  readonly until: number | undefined;
}
