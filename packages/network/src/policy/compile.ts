import type { ClosedRange, NetworkRuleSet, Chain as RuleChain } from "@bulkhead/policy";
import { type Family, familyOf, mergeRanges, parseCidr, printRange } from "../nft/addresses.ts";
import { generationChains } from "../nft/filter.ts";
import {
  type Chain,
  chain,
  type ElementSet,
  giveBack,
  goTo,
  intervalSet,
  jump,
  lookup,
  match,
  plainSet,
  type Rule,
  rule,
  type Target,
  verdictMapOf,
} from "../nft/nodes.ts";
import { allowRules, type SetSink } from "./allow.ts";
import {
  answeredSet,
  chains,
  egressMap,
  ingressMap,
  isolatedSet,
  namedPortSet,
  nodeSet,
  peerSet,
  podsSet,
  policyChain,
  selfSet,
} from "./names.ts";
import { logRules } from "./refuse.ts";

/** What the policies come to: chains and sets to be put into our table. */
export interface CompiledPolicy {
  readonly chains: readonly Chain[];
  readonly sets: readonly ElementSet[];
}

export const addressType = (family: Family) => (family === 4 ? "ipv4_addr" : "ipv6_addr");
const original = (family: Family) => (family === 4 ? "ct original ip saddr" : "ct original ip6 saddr");
const reply = (family: Family) => (family === 4 ? "ct reply ip saddr" : "ct reply ip6 saddr");

const ofFamily = (addresses: Iterable<string>, family: Family): string[] =>
  [...addresses].filter((address) => familyOf(address) === family);

interface Context {
  readonly families: readonly Family[];
  readonly rules: NetworkRuleSet;
  readonly sink: SetSink;
}

/** In an egress chain what is allowed returns to be judged by the destination; in an ingress chain it is through. */
function policyChainOf(from: RuleChain, context: Context): Chain {
  const name = policyChain(from.direction, from.id);
  const end = from.direction === "egress" ? "destination" : "source";
  const then = from.direction === "egress" ? giveBack : goTo(generationChains.admit);
  const allows = from.allows.flatMap((entry, i) => allowRules(entry, end, `${name}-${i}`, then, context));
  return chain(name, [
    ...allows,
    ...logRules({ by: from.direction, chain: from.id }, context.families),
    rule(goTo(chains.refuse)),
  ]);
}

/** `closed` sends what goes to a closed range to that range's chain, which gives back what an Exception opens. */
function closedChains(closed: readonly ClosedRange[], context: Context): Chain[] {
  const { families, rules, sink } = context;
  const dispatch: Rule[] = [];
  const own = closed.map((range, i) => {
    const name = `closed-${i}`;
    for (const family of families) {
      const ranges = mergeRanges(ofFamily(range.cidrs, family).flatMap((cidr) => parseCidr(cidr) ?? []));
      if (ranges.length === 0) continue;
      sink.add(
        intervalSet(
          `${name}-${family}`,
          addressType(family),
          ranges.map((r) => printRange(r, family)),
        ),
      );
      dispatch.push(rule(lookup(`${name}-${family}`, reply(family)), jump(name)));
    }
    const opens = range.opens.flatMap((open, j) => {
      const family = familyOf(open.cidr);
      if (!families.includes(family)) return [];
      const set = `${name}-open-${j}`;
      const ips = open.pods.flatMap((key) => ofFamily(rules.pods.get(key)?.ips ?? [], family));
      sink.add(plainSet(set, [addressType(family)], ips));
      const entry = { peer: { kind: "block", cidr: open.cidr, except: [] }, ports: open.ports } as const;
      const sources = lookup(set, original(family));
      return allowRules(entry, "destination", `${name}-open-${j}`, giveBack, { ...context, families: [family] }).map(
        (allowed) => rule(sources, ...allowed.statements),
      );
    });
    return chain(name, [
      ...opens,
      ...logRules({ by: "closed", rule: range.rule }, families),
      rule(goTo(chains.refuse)),
    ]);
  });
  return [chain(chains.closed, dispatch), ...own];
}

/** Where all traffic of isolated pods ends, but for the node's at the ports of their own probes and hooks. */
const isolatedChain = (families: readonly Family[]): Chain =>
  chain(chains.isolated, [
    ...families.map((family) =>
      rule(
        lookup(nodeSet(family), original(family)),
        match("meta l4proto", "tcp"),
        lookup(answeredSet(family), reply(family), "ct reply proto-src"),
        goTo(generationChains.admit),
      ),
    ),
    ...logRules({ by: "isolated" }, families),
    rule(goTo(chains.refuse)),
  ]);

/** Sets of addresses for one family: who is a pod, what it calls itself, which chain holds it. */
function podSets(rules: NetworkRuleSet, family: Family): ElementSet[] {
  const type = addressType(family);
  const ips: string[] = [];
  const egress: [string, Target][] = [];
  const ingress: [string, Target][] = [];
  const isolated: string[] = [];
  const answered: string[] = [];
  for (const [ip, key] of rules.podsByIp) {
    const pod = rules.pods.get(key);
    if (pod === undefined || familyOf(ip) !== family) continue;
    ips.push(ip);
    if (pod.isolated !== undefined) {
      isolated.push(ip);
      answered.push(...pod.isolated.answered.map((port) => `${ip} . ${port}`));
      egress.push([ip, { goto: chains.isolated }]);
      ingress.push([ip, { goto: chains.isolated }]);
      continue;
    }
    // Open pods have an entry too: one that a policy comes to hold is a change, not only an addition (see `PacketFilter`).
    egress.push([ip, pod.egress === undefined ? "continue" : { jump: policyChain("egress", pod.egress) }]);
    ingress.push([
      ip,
      { goto: pod.ingress === undefined ? generationChains.admit : policyChain("ingress", pod.ingress) },
    ]);
  }
  return [
    plainSet(podsSet(family), [type], ips),
    plainSet(
      selfSet(family),
      [type, type],
      ips.map((ip) => `${ip} . ${ip}`),
    ),
    plainSet(isolatedSet(family), [type], isolated),
    plainSet(answeredSet(family), [type, "inet_service"], answered),
    plainSet(nodeSet(family), [type], ofFamily(rules.nodeIps, family)),
    verdictMapOf(egressMap(family), [type], egress),
    verdictMapOf(ingressMap(family), [type], ingress),
    ...Array.from(rules.peerSets.values(), (set) =>
      plainSet(peerSet(set.id, family), [type], ofFamily(set.ips, family)),
    ),
    ...Array.from(rules.namedPorts.values(), (set) =>
      plainSet(
        namedPortSet(set.id, family),
        [type, "inet_service"],
        set.members.filter((m) => familyOf(m.ip) === family).map((m) => `${m.ip} . ${m.port}`),
      ),
    ),
  ];
}

/**
 * The decider's rule set as chains and sets. Cost per new connection follows the number of entries in the two chains
 * that hold its ends, never the number of pods; an open connection that was judged by this ruleset costs one rule.
 */
export function compilePolicy(rules: NetworkRuleSet, families: readonly Family[]): CompiledPolicy {
  const sets: ElementSet[] = [];
  const context: Context = { families, rules, sink: { add: (set) => sets.push(set) } };
  const policyChains = Array.from(rules.chains.values(), (from) => policyChainOf(from, context));
  const closed = closedChains(rules.closed, context);
  for (const family of families) sets.push(...podSets(rules, family));
  return { chains: [...policyChains, ...closed, isolatedChain(families)], sets };
}

/** The rules of judgement in the order of `NetworkRuleSet`; shared by traffic that is forwarded and that ends here. */
export function judgementRules(family: Family): { readonly early: readonly Rule[]; readonly late: readonly Rule[] } {
  const source = original(family);
  return {
    early: [
      rule(lookup(selfSet(family), source, reply(family)), goTo(generationChains.admit)),
      rule(lookup(nodeSet(family), source), lookup(isolatedSet(family), reply(family)), goTo(chains.isolated)),
      rule(lookup(nodeSet(family), source), lookup(podsSet(family), reply(family)), goTo(generationChains.admit)),
    ],
    late: [
      rule(lookup(podsSet(family), source), jump(chains.closed)),
      rule({ kind: "verdict-map", fields: [source], map: egressMap(family) }),
    ],
  };
}

export { original as sourceField, reply as destinationField };
