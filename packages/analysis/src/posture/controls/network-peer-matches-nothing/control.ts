import type { Chain, NetworkRuleSet } from "@bulkhead/policy";
import { trafficRules } from "../../../deciders/network.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Derivation } from "../../../snapshot/view.ts";
import { objectControl } from "../../control.ts";

const emptyOf = ({ peerSets }: NetworkRuleSet, { allows }: Chain): readonly (readonly [string, string, string])[] =>
  allows.flatMap(({ peer, origin }) => {
    const set = peer.kind === "pods" ? peerSets.get(peer.set) : undefined;
    if (set === undefined || set.pods.length > 0 || origin.object.kind !== "NetworkPolicy") return [];
    return [[origin.object.name, origin.field, set.says] as const];
  });

/** Peers of a namespace's policies (the key) that find no pod: the field and what it looks for, by the policy's name. */
const emptyPeers: Derivation<ReadonlyMap<string, ReadonlyMap<string, string>>> = {
  name: "empty-peers",
  compute: (view, namespace) => {
    const rules = view.derive(trafficRules);
    const found = new Map<string, Map<string, string>>();
    for (const chain of rules.chains.values()) {
      if (chain.policies[0]?.namespace !== namespace) continue;
      for (const [policy, field, says] of emptyOf(rules, chain)) {
        found.set(policy, (found.get(policy) ?? new Map<string, string>()).set(field, says));
      }
    }
    return found;
  },
  same: (a, b) =>
    JSON.stringify([...a].map(([k, v]) => [k, ...v])) === JSON.stringify([...b].map(([k, v]) => [k, ...v])),
};

export const networkPeerMatchesNothing = objectControl(kinds.networkPolicy, {
  id: "network-peer-matches-nothing",
  title: "Every peer of a network policy finds some pod",
  area: "network",
  attack:
    "A rule lets through whoever wears the labels that it names, today and later. Labels that no pod has are left over from something that went, or were mistyped. Whoever may create a pod in such a namespace puts the label on and is let in, and nobody misses the traffic that the rule was for.",
  severity: "low",
  severityBecause: "it opens a way only to someone who may create pods with labels of his choice",
  frameworks: { nsa: ["network-separation"], owasp: ["K05:2025"], nist: ["4.3.3"], pci: ["1.2.7"] },
  check: (policy, view) =>
    [...(view.derive(emptyPeers, policy.metadata.namespace ?? "").get(policy.metadata.name ?? "") ?? [])].map(
      ([field, says]) => ({ field, key: `${field.split(/[.[]/)[1] ?? ""} ${says}`, says: `there are no ${says}` }),
    ),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "whether the labels are mistyped, or what wore them is gone for good, cannot be seen from the objects",
    how: `correct the selector in ${breach.field}, or remove the peer; a rule whose last peer goes must go with it, since a rule without peers lets in everyone`,
  }),
});
