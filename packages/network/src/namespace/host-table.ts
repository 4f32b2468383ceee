import { accept, chain, drop, masquerade, match, matchNot, rule, type Table, table } from "../nft/nodes.ts";
import type { NetworkLayout } from "./plan.ts";

/**
 * What stands on the host itself: the way out under the host's address, and a door that opens from within only. Without
 * it (someone flushed the host's ruleset) pods lose the way out; their rules are inside and stay.
 */
export function hostTable(layout: NetworkLayout): Table {
  const { hostInterface, linkCidr, podCidr, serviceCidr } = layout;
  return table(
    layout.hostTable,
    [
      chain(
        "prerouting",
        // Only our link may bring our addresses.
        [rule(matchNot("iifname", hostInterface, "lo"), match("ip saddr", linkCidr, podCidr, serviceCidr), drop)],
        { type: "filter", hook: "prerouting", priority: -300, policy: "accept" },
      ),
      chain(
        "forward",
        [
          rule(match("oifname", hostInterface), match("ct state", "established", "related"), accept),
          rule(match("oifname", hostInterface), drop),
        ],
        { type: "filter", hook: "forward", priority: 0, policy: "accept" },
      ),
      chain("postrouting", [rule(match("ip saddr", linkCidr), matchNot("oifname", hostInterface, "lo"), masquerade)], {
        type: "nat",
        hook: "postrouting",
        priority: 100,
        policy: "accept",
      }),
    ],
    [],
  );
}
