import { cidrHas, formatIp, type Ip, parseCidr, parseIp } from "../address/ip.ts";
import type { TrafficEnd } from "./question.ts";
import type { AllowEntry, NetworkRuleSet, PeerMatch, PortMatch, Protocol, RuledPod } from "./rule-set.ts";

/** One end of a connection, looked up. */
export interface End {
  /** A pod that policies hold; undefined for addresses outside and for pods in the host's network. */
  readonly pod: RuledPod | undefined;
  readonly ips: readonly Ip[];
  /** This node, or a pod in its network. */
  readonly node: boolean;
  /** For a sentence: `pod shop/web-0`, `192.0.2.1`. */
  readonly says: string;
}

/** Looks an end up; undefined when there is no such pod, or the text is no address. */
export function endOf(rules: NetworkRuleSet, end: TrafficEnd): End | undefined {
  if ("ip" in end) {
    const ip = parseIp(end.ip);
    if (ip === undefined) return undefined;
    const text = formatIp(ip);
    const pod = rules.pods.get(rules.podsByIp.get(text) ?? "");
    const node = pod === undefined && rules.nodeIps.includes(text);
    return { pod, ips: [ip], node, says: pod === undefined ? (node ? `the node's ${text}` : text) : `pod ${pod.key}` };
  }
  const pod = rules.pods.get(end.pod);
  if (pod === undefined) return undefined;
  const ips = (pod.hostNetwork ? rules.nodeIps : pod.ips).map(parseIp).filter((ip) => ip !== undefined);
  return pod.hostNetwork
    ? { pod: undefined, ips, node: true, says: `pod ${pod.key} in the host's network` }
    : { pod, ips, node: false, says: `pod ${pod.key}` };
}

/** The addresses that the connection is between: the first family that both ends have. */
export function addressesOf(from: End, to: End): { readonly from: Ip | undefined; readonly to: Ip | undefined } {
  for (const target of to.ips) {
    const source = from.ips.find((ip) => ip.family === target.family);
    if (source !== undefined) return { from: source, to: target };
  }
  return { from: from.ips[0], to: to.ips[0] };
}

const inBlock = (ip: Ip, cidr: string): boolean => {
  const block = parseCidr(cidr);
  return block !== undefined && cidrHas(block, ip);
};

export function peerMatches(rules: NetworkRuleSet, match: PeerMatch, peer: End, ip: Ip | undefined): boolean {
  switch (match.kind) {
    case "any":
      return true;
    case "pods":
      return peer.pod !== undefined && rules.peerSets.get(match.set)?.pods.includes(peer.pod.key) === true;
    case "block":
      return ip !== undefined && inBlock(ip, match.cidr) && !match.except.some((except) => inBlock(ip, except));
  }
}

const portMatches = (
  rules: NetworkRuleSet,
  match: PortMatch,
  target: End,
  protocol: Protocol,
  port: number,
): boolean => {
  if (match.protocol !== protocol) return false;
  switch (match.kind) {
    case "range":
      return match.from <= port && port <= match.to;
    case "named": {
      const members = rules.namedPorts.get(match.set)?.members ?? [];
      return target.pod !== undefined && members.some((m) => m.pod === target.pod?.key && m.port === port);
    }
  }
};

/** Whether an entry's ports let `port` of the destination pass. */
export const portsMatch = (
  rules: NetworkRuleSet,
  ports: AllowEntry["ports"],
  target: End,
  protocol: Protocol,
  port: number,
): boolean => ports === "any" || ports.some((match) => portMatches(rules, match, target, protocol, port));

/** Whether an address lies in any of the blocks. */
export const inAny = (ip: Ip | undefined, cidrs: readonly string[]): boolean =>
  ip !== undefined && cidrs.some((cidr) => inBlock(ip, cidr));
