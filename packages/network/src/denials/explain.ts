import { evaluateNetwork, type NetworkRuleSet, type Protocol } from "@bulkhead/policy";
import { parseRefusal, type Refusal } from "../policy/names.ts";
import type { LoggedPacket } from "./pcap.ts";

/** A refused connection, explained by the decider. */
export interface Denial {
  /** `NAMESPACE/NAME` of the pod that is told: the sender, or the destination if the sender is no pod. */
  readonly pod: string;
  readonly reason: "ConnectionRefused" | "ServiceUnavailable" | "AddressSpoofed";
  readonly message: string;
  /** The same denial again has the same key. */
  readonly key: string;
}

const protocols: Readonly<Record<number, Protocol>> = { 6: "TCP", 17: "UDP", 132: "SCTP" };

const protocolName = (packet: LoggedPacket): string =>
  protocols[packet.protocol] ??
  (packet.protocol === 1 || packet.protocol === 58 ? "ICMP" : `protocol ${packet.protocol}`);

/** Whether only its link tells whose a packet is. */
export const needsLink = (packet: LoggedPacket): boolean => parseRefusal(packet.prefix)?.by === "spoof";

const endName = (rules: NetworkRuleSet, ip: string): string => {
  const pod = rules.podsByIp.get(ip);
  return pod === undefined ? ip : `pod ${pod} (${ip})`;
};

function target(packet: LoggedPacket, rules: NetworkRuleSet): string {
  const port = packet.destinationPort === undefined ? "" : ` port ${packet.destinationPort}`;
  return `${protocolName(packet)} to ${endName(rules, packet.destination)}${port}`;
}

/** What the decider says of it, with the command; undefined: it would pass by now. */
function decided(packet: LoggedPacket, rules: NetworkRuleSet): string | undefined {
  const protocol = protocols[packet.protocol];
  if (protocol === undefined || packet.destinationPort === undefined || packet.destinationPort === 0) return undefined;
  const verdict = evaluateNetwork(rules, {
    from: { ip: packet.source },
    to: { ip: packet.destination },
    protocol,
    port: packet.destinationPort,
  });
  if (verdict.decision === "allow") return undefined;
  const [first] = verdict.because;
  const command = verdict.because.find((b) => b.command !== undefined)?.command;
  return `${first?.says ?? "no rule allows it"}${command === undefined ? "" : `. To allow it for a while: ${command}`}`;
}

/** For what the decider is not asked about (ICMP): who holds the pod. */
function byChain(refusal: Extract<Refusal, { by: "egress" | "ingress" }>, rules: NetworkRuleSet): string {
  const policies = rules.chains.get(refusal.chain)?.policies.map((p) => `${p.namespace}/${p.name}`) ?? [];
  return `NetworkPolicy ${policies.join(", ")} holds its ${refusal.by}, and no rule allows it`;
}

/** For what the decider is not asked about (ICMP): which end is isolated. */
function byIsolation(packet: LoggedPacket, rules: NetworkRuleSet): string | undefined {
  const ends = [packet.source, packet.destination].map((ip) => rules.pods.get(rules.podsByIp.get(ip) ?? ""));
  const isolated = ends.find((pod) => pod?.isolated !== undefined);
  return isolated === undefined ? undefined : `pod ${isolated.key} is isolated and has no traffic`;
}

function says(refusal: Refusal, packet: LoggedPacket, rules: NetworkRuleSet): string | undefined {
  switch (refusal.by) {
    case "egress":
    case "ingress":
      return protocols[packet.protocol] === undefined ? byChain(refusal, rules) : decided(packet, rules);
    case "closed":
      return decided(packet, rules) ?? rules.closed.find((c) => c.rule === refusal.rule)?.says;
    case "local":
      return (
        decided(packet, rules) ??
        "the node is closed to pods but for its API server, its DNS and the machine's registry"
      );
    case "isolated":
      return decided(packet, rules) ?? byIsolation(packet, rules);
    case "unknown":
      return "no running pod has this address";
    case "no-service":
      return "no Service serves this port there, or it has no ready endpoints";
    case "spoof":
      return "it sent from an address that is not its own; the packet was dropped";
  }
}

/**
 * Tells whom a refused packet concerns and why. `podOnLink` is the pod that hangs on the interface it came from, for
 * packets that lie about their sender. Undefined: it concerns no pod, or would pass by now.
 */
export function explainDenial(
  packet: LoggedPacket,
  rules: NetworkRuleSet,
  podOnLink: string | undefined,
): Denial | undefined {
  const refusal = parseRefusal(packet.prefix);
  if (refusal === undefined) return undefined;
  const sender = refusal.by === "spoof" ? podOnLink : rules.podsByIp.get(packet.source);
  if (refusal.by === "spoof" && sender === undefined) return undefined;
  const pod = sender ?? rules.podsByIp.get(packet.destination);
  const why = says(refusal, packet, rules);
  if (pod === undefined || why === undefined) return undefined;
  const what = sender === undefined ? `${target(packet, rules)} from ${packet.source}` : target(packet, rules);
  const reason =
    refusal.by === "spoof"
      ? "AddressSpoofed"
      : refusal.by === "no-service"
        ? "ServiceUnavailable"
        : "ConnectionRefused";
  return {
    pod,
    reason,
    message: `${what} was refused: ${why}`,
    key: [pod, packet.prefix, packet.destination, packet.protocol, packet.destinationPort].join(" "),
  };
}
