import { formatIp, type Ip } from "../address/ip.ts";
import { allowRule } from "../allow/command.ts";
import type { Because, Verdict } from "../verdict.ts";
import { isolatedField, isolatedRule } from "./isolation.ts";
import { addressesOf, type End, endOf, inAny, peerMatches, portsMatch } from "./matching.ts";
import type { TrafficQuestion, TrafficVerdict } from "./question.ts";
import { passingRule, portsSay, trafficCommand, trafficSays } from "./remedy.ts";
import type { Chain, Direction, NetworkRuleSet, RuledPod } from "./rule-set.ts";

/** A question with both ends looked up. */
interface Flow {
  readonly question: TrafficQuestion;
  readonly from: End;
  readonly to: End;
  readonly ips: { readonly from: Ip | undefined; readonly to: Ip | undefined };
}

const allow = (...because: Because[]): Verdict => ({ decision: "allow", because });
const deny = (...because: Because[]): Verdict => ({ decision: "deny", because });

const unknownEnd = (end: TrafficQuestion["from"]): TrafficVerdict => ({
  ...deny({
    rule: "unknown-end",
    says: "pod" in end ? `there is no running pod ${end.pod}` : `${JSON.stringify(end.ip)} is no address`,
  }),
  egress: undefined,
  ingress: undefined,
});

/** Rules that let a peer through on other ports only: what someone most likely wants to widen. */
function nearMisses(rules: NetworkRuleSet, chain: Chain, peer: End, ip: Ip | undefined): Because[] {
  return chain.allows
    .filter((entry) => entry.ports !== "any" && peerMatches(rules, entry.peer, peer, ip))
    .slice(0, 3)
    .map((entry) => ({
      object: entry.origin.object,
      field: entry.origin.field,
      rule: "other-port",
      says: `${entry.origin.object.kind} ${entry.origin.object.namespace}/${entry.origin.object.name} lets ${peer.says} pass there, but only for ${portsSay(entry.ports)}`,
    }));
}

function judgeChain(rules: NetworkRuleSet, direction: Direction, id: string | undefined, flow: Flow): Verdict {
  const { question } = flow;
  const held = direction === "egress" ? flow.from : flow.to;
  const peer = direction === "egress" ? flow.to : flow.from;
  const ip = direction === "egress" ? flow.ips.to : flow.ips.from;
  const chain = id === undefined ? undefined : rules.chains.get(id);
  if (id === undefined) return allow({ rule: "open", says: `no NetworkPolicy holds the ${direction} of ${held.says}` });
  if (chain === undefined) return deny({ rule: "unknown-chain", says: `the rules of ${held.says} are not known` });
  const entry = chain.allows.find(
    (e) =>
      peerMatches(rules, e.peer, peer, ip) && portsMatch(rules, e.ports, flow.to, question.protocol, question.port),
  );
  if (entry !== undefined) {
    const { object, field } = entry.origin;
    const says = `${object.kind} ${object.namespace}/${object.name} allows the ${direction} of ${held.says}: ${field}`;
    return allow({ object, field, rule: direction, says });
  }
  const [first, ...others] = chain.policies;
  const also = others.length === 0 ? "" : ` and ${others.length} more`;
  return deny(
    {
      ...(first === undefined ? {} : { object: first }),
      field: `spec.${direction}`,
      rule: direction,
      says: `NetworkPolicy ${first?.namespace}/${first?.name}${also} hold${others.length === 0 ? "s" : ""} the ${direction} of ${held.says}, and no rule allows ${trafficSays(flow.from, flow.to, question)}`,
      passing: passingRule(direction, peer, ip, question),
    },
    ...nearMisses(rules, chain, peer, ip),
  );
}

/** Refuses all traffic of an isolated pod, and names the command that lets it back; undefined: it is not isolated. */
function judgeIsolated(pod: RuledPod): Verdict | undefined {
  const { key, namespace, name, isolated, identity } = pod;
  if (isolated === undefined) return undefined;
  const [subject = { kind: "Pod", name } as const] = identity.subjects;
  const since = isolated.since === undefined ? "" : ` since ${isolated.since}`;
  const why = [isolated.reason, isolated.message].filter((part) => part !== "").join(": ");
  return deny({
    object: { apiVersion: "v1", kind: "Pod", namespace, name },
    field: isolatedField,
    rule: isolatedRule,
    says: `pod ${key} is isolated${since} and has no traffic${why === "" ? "" : ` (${why})`}`,
    command: allowRule({ decider: "network", rule: isolatedRule, namespace, subject }),
  });
}

/** What reaches a pod: of an isolated one the node alone, where the kubelet's probes and hooks go. */
function judgeArrival(rules: NetworkRuleSet, flow: Flow, pod: RuledPod): Verdict {
  const { question, from } = flow;
  const isolated = judgeIsolated(pod);
  if (isolated !== undefined) {
    const probed = from.node && question.protocol === "TCP" && pod.isolated?.answered.includes(question.port) === true;
    if (!probed) return isolated;
    const says = `pod ${pod.key} is isolated, and the node may still probe it at TCP ${question.port}, so that it is not restarted`;
    return allow({ rule: "probe", says });
  }
  if (from.node)
    return allow({ rule: "node", says: `the node may always reach its pods, so that the kubelet can probe them` });
  return judgeChain(rules, "ingress", pod.ingress, flow);
}

const notServed = "not-served";
/** Refusals that no opening of traffic lifts. */
const notOpened: ReadonlySet<string | undefined> = new Set([notServed, isolatedRule]);

/** Refuses what goes from a pod to a port that the node does not serve at an address of its own for pods. */
function judgeServed(rules: NetworkRuleSet, { question, from, to, ips }: Flow): Verdict | undefined {
  if (from.pod === undefined || to.pod !== undefined || ips.to === undefined) return undefined;
  const address = formatIp(ips.to);
  const there = rules.served.filter((s) => s.address === address);
  if (there.length === 0) return undefined;
  if (there.some((s) => s.protocol === question.protocol && s.port === question.port)) return undefined;
  const ports = there.map((s) => `${s.protocol} ${s.port}`).join(", ");
  return deny({ rule: notServed, says: `${address} is the node's own and serves pods ${ports}, nothing else` });
}

/** Refuses what goes from a pod to a closed range that no exception opens to it; undefined when nothing is closed. */
function judgeClosed(rules: NetworkRuleSet, flow: Flow): Verdict | undefined {
  const { question, from, to, ips } = flow;
  const pod = from.pod;
  if (pod === undefined) return undefined;
  for (const range of rules.closed) {
    if (!inAny(ips.to, range.cidrs)) continue;
    const opened = range.opens.some(
      (o) =>
        o.pods.includes(pod.key) &&
        inAny(ips.to, [o.cidr]) &&
        portsMatch(rules, o.ports, to, question.protocol, question.port),
    );
    if (!opened) return deny({ rule: range.rule, says: `${to.says} is closed to pods: ${range.says}` });
  }
  return undefined;
}

/** Adds to each refusal the command that lifts all of them. */
function withCommand(verdict: Verdict, flow: Flow, refused: readonly Direction[]): Verdict {
  const command = trafficCommand(flow.from, flow.to, flow.ips, flow.question, refused);
  if (verdict.decision === "allow" || command === undefined) return verdict;
  const [first, ...rest] = verdict.because;
  return first === undefined || notOpened.has(first.rule)
    ? verdict
    : { ...verdict, because: [{ ...first, command }, ...rest] };
}

/** May this connection be opened? In the order that `NetworkRuleSet` states. */
export function evaluateNetwork(rules: NetworkRuleSet, question: TrafficQuestion): TrafficVerdict {
  const [from, to] = [endOf(rules, question.from), endOf(rules, question.to)];
  if (from === undefined) return unknownEnd(question.from);
  if (to === undefined) return unknownEnd(question.to);
  const flow: Flow = { question, from, to, ips: addressesOf(from, to) };
  if (from.pod !== undefined && from.pod === to.pod) {
    return {
      ...allow({ rule: "self", says: `${from.says} may always reach itself` }),
      egress: undefined,
      ingress: undefined,
    };
  }
  const egress =
    from.pod === undefined
      ? undefined
      : (judgeIsolated(from.pod) ??
        judgeServed(rules, flow) ??
        judgeClosed(rules, flow) ??
        judgeChain(rules, "egress", from.pod.egress, flow));
  const ingress = to.pod === undefined ? undefined : judgeArrival(rules, flow, to.pod);
  const refused = (["egress", "ingress"] as const).filter((direction) => {
    const verdict = direction === "egress" ? egress : ingress;
    return verdict?.decision === "deny" && verdict.because[0]?.rule !== isolatedRule;
  });
  const ends = {
    egress: egress === undefined ? undefined : withCommand(egress, flow, refused),
    ingress: ingress === undefined ? undefined : withCommand(ingress, flow, refused),
  };
  const asked = [ends.egress, ends.ingress].filter((v) => v !== undefined);
  const denied = asked.filter((v) => v.decision === "deny");
  if (denied.length > 0) return { ...deny(...denied.flatMap((v) => v.because)), ...ends };
  if (asked.length > 0) return { ...allow(...asked.flatMap((v) => v.because)), ...ends };
  return { ...allow({ rule: "outside", says: "neither end is a pod that policies hold" }), ...ends };
}
