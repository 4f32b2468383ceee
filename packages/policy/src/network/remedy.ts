import { formatIp, type Ip } from "../address/ip.ts";
import { allowTraffic } from "../allow/command.ts";
import { flowYaml } from "../flow-yaml.ts";
import type { End } from "./matching.ts";
import type { TrafficQuestion } from "./question.ts";
import type { AllowEntry, Direction, RuledPod } from "./rule-set.ts";
import type { TrafficPeer } from "./traffic-value.ts";

/** Labels that a controller gives and changes: of no use in a policy. */
const passing = new Set([
  "pod-template-hash",
  "controller-revision-hash",
  "pod-template-generation",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
]);

const selectorOf = (pod: RuledPod): object => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": pod.namespace } },
  podSelector: { matchLabels: Object.fromEntries(Object.entries(pod.labels).filter(([key]) => !passing.has(key))) },
});

const host = (ip: Ip): string => `${formatIp(ip)}/${ip.family === 4 ? 32 : 128}`;

/** The rule of a NetworkPolicy that would let the connection pass, for `spec.ingress` or `spec.egress`. */
export function passingRule(direction: Direction, peer: End, ip: Ip | undefined, question: TrafficQuestion): string {
  const match =
    peer.pod !== undefined ? selectorOf(peer.pod) : { ipBlock: ip === undefined ? undefined : { cidr: host(ip) } };
  const ports = [{ protocol: question.protocol, port: question.port }];
  return flowYaml([direction === "egress" ? { to: [match], ports } : { from: [match], ports }]);
}

/** `TCP 5432 from pod shop/web-0 to pod shop/db-0`. */
export const trafficSays = (from: End, to: End, question: TrafficQuestion): string =>
  `${question.protocol} ${question.port} from ${from.says} to ${to.says}`;

export function portsSay(ports: AllowEntry["ports"]): string {
  if (ports === "any") return "every port";
  if (ports.length === 0) return "no port";
  return ports
    .map((p) => `${p.protocol} ${p.kind === "named" ? p.name : p.from === p.to ? p.from : `${p.from}-${p.to}`}`)
    .join(", ");
}

function peerOf(end: End, ip: Ip | undefined): TrafficPeer | undefined {
  const subject = end.pod?.identity.subjects[0];
  if (end.pod !== undefined && subject !== undefined) return { kind: "subject", namespace: end.pod.namespace, subject };
  if (ip === undefined) return undefined;
  return { kind: "block", cidr: { family: ip.family, base: ip.value, bits: ip.family === 4 ? 32 : 128 } };
}

/** The command that lifts what was refused; undefined when an end has no address to name. */
export function trafficCommand(
  from: End,
  to: End,
  ips: { readonly from: Ip | undefined; readonly to: Ip | undefined },
  question: TrafficQuestion,
  refused: readonly Direction[],
): string | undefined {
  const [source, target] = [peerOf(from, ips.from), peerOf(to, ips.to)];
  if (source === undefined || target === undefined || refused.length === 0) return undefined;
  const everything = (from.pod === undefined ? 0 : 1) + (to.pod === undefined ? 0 : 1) === refused.length;
  return allowTraffic({
    from: source,
    to: target,
    port: question.port,
    protocol: question.protocol,
    direction: everything ? undefined : refused[0],
  });
}
