import type { NetworkRuleSet } from "@bulkhead/policy";
import type { Family } from "../nft/addresses.ts";
import { generationChains } from "../nft/filter.ts";
import {
  accept,
  type Chain,
  chain,
  drop,
  type ElementSet,
  goTo,
  jump,
  lookup,
  lookupNot,
  masquerade,
  match,
  matchNot,
  plainSet,
  type Rule,
  reject,
  rule,
  type Table,
  table,
  verdictMap,
} from "../nft/nodes.ts";
import { addressType, compilePolicy, destinationField, judgementRules, sourceField } from "./compile.ts";
import { chains, ingressMap, localSet, nodeSet, podsSet, selfSet, sourcesSet, tableName } from "./names.ts";
import { logRules, noisySets, refuseChain } from "./refuse.ts";

/** The network our table guards. CIDRs of the families in use. */
export interface GuardedNetwork {
  /** Interface to the host. */
  readonly uplink: string;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  /** Addresses of the link's host end from which refused TCP connections are answered, not dropped. */
  readonly answered: readonly string[];
}

/** A pod's link: only these addresses may come from this interface. */
export interface PodLink {
  readonly hostInterface: string;
  readonly ips: readonly string[];
}

/** A port that this namespace itself serves to pods: the API server and DNS. */
export interface LocalService {
  readonly address: string;
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

/** Chains and sets of the Services (see `services/compile.ts`). */
export interface CompiledServices {
  readonly chains: readonly Chain[];
  readonly sets: readonly ElementSet[];
}

export interface BaseTableInput {
  readonly network: GuardedNetwork;
  readonly rules: NetworkRuleSet;
  readonly links: readonly PodLink[];
  readonly local: readonly LocalService[];
  readonly services: CompiledServices;
}

const ip = (family: Family, end: "saddr" | "daddr") =>
  family === 4 ? (`ip ${end}` as const) : (`ip6 ${end}` as const);
const isFamily = (family: Family) => (text: string) => text.includes(":") === (family === 6);

/** What comes in is who it says it is, before anything remembers it: a link that no rule names passes nothing. */
function sourceGuard(input: BaseTableInput, families: readonly Family[]): Chain[] {
  const { uplink, podCidrs, serviceCidrs } = input.network;
  const fromHost: Rule[] = families.flatMap((family) => {
    const ours = [...podCidrs, ...serviceCidrs].filter(isFamily(family));
    const loopback = family === 4 ? "127.0.0.0/8" : "::1";
    return [
      ...[...ours, loopback].map((cidr) => rule(match(ip(family, "saddr"), cidr), drop)),
      rule(match(ip(family, "daddr"), loopback), drop),
    ];
  });
  return [
    chain("from-host", [...fromHost, rule(accept)]),
    chain(
      "source-guard",
      [
        rule(match("iifname", "lo"), accept),
        rule(match("iifname", uplink), goTo("from-host")),
        rule(match("ip daddr", "127.0.0.0/8"), drop),
        ...families.map((family) => rule(lookup(sourcesSet(family), "iifname", ip(family, "saddr")), accept)),
        rule(match("icmpv6 type", "nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-solicit"), accept),
        ...logRules({ by: "spoof" }, families),
      ],
      { type: "filter", hook: "prerouting", priority: -300, policy: "drop" },
    ),
  ];
}

function forwardChain(input: BaseTableInput, families: readonly Family[]): Chain {
  const { uplink, podCidrs, serviceCidrs } = input.network;
  const rules: Rule[] = [rule(jump(generationChains.known)), rule(match("ct state", "invalid"), drop)];
  for (const cidr of serviceCidrs)
    rules.push(rule(match(ip(cidr.includes(":") ? 6 : 4, "daddr"), cidr), goTo("no-service")));
  for (const family of families) {
    const { early, late } = judgementRules(family);
    rules.push(...early, ...late, rule(verdictMap(ingressMap(family), destinationField(family))));
  }
  // Neither end refused and the destination is no pod: out to the world it goes, but not to an address of a pod unborn.
  for (const cidr of podCidrs) {
    rules.push(rule(match(destinationField(cidr.includes(":") ? 6 : 4), cidr), goTo("unknown")));
  }
  for (const family of families) {
    rules.push(
      rule(lookup(podsSet(family), sourceField(family)), match("iifname", uplink), goTo(generationChains.admit)),
    );
    rules.push(
      rule(lookup(podsSet(family), sourceField(family)), match("oifname", uplink), goTo(generationChains.admit)),
    );
  }
  return chain("forward", rules, { type: "filter", hook: "forward", priority: 0, policy: "drop" });
}

/** What ends in this namespace: the API server's and the DNS port for pods the policies let, both and ICMP for the node. */
function inputChain(families: readonly Family[]): Chain {
  const rules: Rule[] = [
    rule(match("iifname", "lo"), accept),
    rule(jump(generationChains.known)),
    rule(match("ct state", "invalid"), drop),
    rule(match("ct direction", "reply"), match("ct state", "established"), accept),
    rule(match("icmpv6 type", "nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-advert"), accept),
  ];
  for (const family of families) {
    const served = lookup(localSet(family), ip(family, "daddr"), "meta l4proto", "th dport");
    const { late } = judgementRules(family);
    rules.push(
      rule(lookup(nodeSet(family), sourceField(family)), served, goTo(generationChains.admit)),
      rule(
        lookup(nodeSet(family), sourceField(family)),
        match("meta l4proto", family === 4 ? "icmp" : "icmpv6"),
        accept,
      ),
      rule(lookupNot(podsSet(family), sourceField(family)), goTo(chains.refuse)),
      rule(lookupNot(localSet(family), ip(family, "daddr"), "meta l4proto", "th dport"), goTo(chains.toLocal)),
      ...late,
      rule(lookup(podsSet(family), sourceField(family)), goTo(generationChains.admit)),
    );
  }
  return chain("input", rules, { type: "filter", hook: "input", priority: 0, policy: "drop" });
}

function translationChain(input: BaseTableInput, families: readonly Family[]): Chain {
  const rules: Rule[] = families.map((family) =>
    // A pod that reaches itself through a Service must not meet its own address as the sender.
    rule(
      matchNot("oifname", input.network.uplink),
      lookup(selfSet(family), sourceField(family), destinationField(family)),
      masquerade,
    ),
  );
  for (const cidr of input.network.podCidrs) {
    rules.push(
      rule(match("oifname", input.network.uplink), match(ip(cidr.includes(":") ? 6 : 4, "saddr"), cidr), masquerade),
    );
  }
  return chain("postrouting", rules, { type: "nat", hook: "postrouting", priority: 100, policy: "accept" });
}

/** The whole table of our network namespace. Pure: the same input gives the same table. */
export function buildTable(input: BaseTableInput): Table {
  const cidrs = [...input.network.podCidrs, ...input.network.serviceCidrs];
  const families = ([4, 6] as const).filter((family) => cidrs.some(isFamily(family)));
  const policy = compilePolicy(input.rules, families);
  const sets = families.flatMap((family) => {
    const type = addressType(family);
    const inFamily = isFamily(family);
    return [
      plainSet(
        sourcesSet(family),
        ["ifname", type],
        input.links.flatMap((link) => link.ips.filter(inFamily).map((address) => `${link.hostInterface} . ${address}`)),
      ),
      plainSet(
        localSet(family),
        [type, "inet_proto", "inet_service"],
        input.local
          .filter((l) => inFamily(l.address))
          .map((l) => `${l.address} . ${l.protocol.toLowerCase()} . ${l.port}`),
      ),
    ];
  });
  return table(
    tableName,
    [
      chain(generationChains.known, []),
      chain(generationChains.admit, []),
      refuseChain(input.network.uplink, input.network.answered),
      chain("no-service", [
        ...logRules({ by: "no-service" }, families),
        rule(match("meta l4proto", "tcp"), reject("tcp reset")),
        rule(reject("icmpx port-unreachable")),
      ]),
      chain("unknown", [...logRules({ by: "unknown" }, families), rule(goTo(chains.refuse))]),
      chain(chains.toLocal, [...logRules({ by: "local" }, families), rule(goTo(chains.refuse))]),
      ...policy.chains,
      ...input.services.chains,
      ...sourceGuard(input, families),
      forwardChain(input, families),
      inputChain(families),
      translationChain(input, families),
    ],
    [...noisySets(families), ...sets, ...policy.sets, ...input.services.sets],
  );
}
