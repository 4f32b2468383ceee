import type { Family } from "../nft/addresses.ts";
import {
  type Chain,
  chain,
  drop,
  dynamicSet,
  type ElementSet,
  logTo,
  match,
  meter,
  type Rule,
  reject,
  rule,
} from "../nft/nodes.ts";
import { chains, logGroup, noisySet, printRefusal, type Refusal } from "./names.ts";

/** A pod's own share of the log: so many refused packets a second, after a burst. */
const perSource = { perSecond: 10, burst: 20 } as const;
/** Sources that the log knows at once; when they are more, the newest go unlogged until some are forgotten. */
const sources = { size: 8192, timeoutSeconds: 60 } as const;

/** Tells who was refused and by what, within the source's share. */
export function logRules(refusal: Refusal, families: readonly Family[]): Rule[] {
  return families.map((family) =>
    rule(
      meter(noisySet(family), family === 4 ? "ip saddr" : "ip6 saddr", perSource.perSecond, perSource.burst),
      logTo(logGroup, printRefusal(refusal)),
    ),
  );
}

export const noisySets = (families: readonly Family[]): ElementSet[] =>
  families.map((family) =>
    dynamicSet(noisySet(family), family === 4 ? "ipv4_addr" : "ipv6_addr", sources.timeoutSeconds, sources.size),
  );

/**
 * Pods are told at once that they were refused; what comes from outside hears nothing, except this machine's own
 * relay and user (`answered`), who would wait for nothing.
 */
export function refuseChain(uplink: string, answered: readonly string[]): Chain {
  const own = answered.filter((address) => !address.includes(":"));
  return chain(chains.refuse, [
    ...own.map((address) =>
      rule(match("iifname", uplink), match("ip saddr", address), match("meta l4proto", "tcp"), reject("tcp reset")),
    ),
    rule(match("iifname", uplink), drop),
    rule(match("meta l4proto", "tcp"), reject("tcp reset")),
    rule(reject("icmpx admin-prohibited")),
  ]);
}
