import type { NetworkPolicy } from "@bulkhead/api";
import type { NetworkRuleSet } from "@bulkhead/policy";
import { namespaceTraffic, newcomer, stranger, wideRules } from "../../../deciders/network.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Derivation } from "../../../snapshot/view.ts";
import { objectControl } from "../../control.ts";

/** Peers of a rule set that find no pod: the policy, the field and what it looks for. */
const emptyOf = ({ peerSets, chains }: NetworkRuleSet, namespace: string): readonly Empty[] =>
  [...chains.values()]
    .filter(({ policies }) => policies[0]?.namespace === namespace)
    .flatMap(({ allows }) =>
      allows.flatMap(({ peer, origin }) => {
        const set = peer.kind === "pods" ? peerSets.get(peer.set) : undefined;
        const found = set?.pods.some((pod) => pod !== newcomer(namespace) && pod !== stranger.pod) !== false;
        return found || origin.object.kind !== "NetworkPolicy"
          ? []
          : [{ policy: origin.object.name, field: origin.field, says: set?.says ?? "" }];
      }),
    );

interface Empty {
  readonly policy: string;
  readonly field: string;
  readonly says: string;
}

const looksAround = (policy: NetworkPolicy, field: string): boolean => {
  const [, direction, rule, peer] = /^spec\.(ingress|egress)\[(\d+)\]\.(?:from|to)\[(\d+)\]$/.exec(field) ?? [];
  const peers =
    direction === "ingress" ? policy.spec?.ingress?.[Number(rule)]?.from : policy.spec?.egress?.[Number(rule)]?.to;
  return peers?.[Number(peer)]?.namespaceSelector !== undefined;
};

/** Peers of a namespace's policies (the key) that find no pod anywhere. */
const emptyPeers: Derivation<readonly Empty[]> = {
  name: "empty-peers",
  compute: (view, namespace) => {
    const policies = new Map(view.list(kinds.networkPolicy, namespace).map((one) => [one.metadata.name ?? "", one]));
    const wide = ({ policy, field }: Empty): boolean => {
      const found = policies.get(policy);
      return found !== undefined && looksAround(found, field);
    };
    const here = emptyOf(view.derive(namespaceTraffic, namespace), namespace);
    // Whom a selector of namespaces finds is seen among all of them.
    const around = [...policies.values()].some((policy) => JSON.stringify(policy.spec).includes("namespaceSelector"))
      ? emptyOf(view.derive(wideRules), namespace).filter(wide)
      : [];
    const all = [...here.filter((one) => !wide(one)), ...around];
    return all.filter(
      (one, index) => all.findIndex((other) => other.policy === one.policy && other.field === one.field) === index,
    );
  },
  same: (a, b) => JSON.stringify(a) === JSON.stringify(b),
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
    view
      .derive(emptyPeers, policy.metadata.namespace ?? "")
      .filter((empty) => empty.policy === policy.metadata.name)
      .map(({ field, says }) => ({
        field,
        key: `${field.split(/[.[]/)[1] ?? ""} ${says}`,
        says: `there are no ${says}`,
      })),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "whether the labels are mistyped, or what wore them is gone for good, cannot be seen from the objects",
    how: `correct the selector in ${breach.field}, or remove the peer; a rule whose last peer goes must go with it, since a rule without peers lets in everyone`,
  }),
});
