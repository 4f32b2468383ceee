import type { NetworkPolicy, NetworkPolicyPeer } from "@bulkhead/api";
import type { NetworkRuleSet, PeerSet } from "@bulkhead/policy";
import {
  findsPods,
  namespaceTraffic,
  newcomer,
  onNodesNetwork,
  roamingRules,
  stranger,
} from "../../../deciders/network.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Derivation } from "../../../snapshot/view.ts";
import { objectControl } from "../../control.ts";

/** Peers of a rule set that find no pod: the policy, the field and what it looks for. */
const emptyOf = (
  { peerSets, chains }: NetworkRuleSet,
  namespace: string,
  finds: (set: PeerSet, origin: { readonly object: { readonly name: string }; readonly field: string }) => boolean,
): readonly Empty[] =>
  [...chains.values()]
    .filter(({ policies }) => policies[0]?.namespace === namespace)
    .flatMap(({ allows }) =>
      allows.flatMap(({ peer, origin }) => {
        const set = peer.kind === "pods" ? peerSets.get(peer.set) : undefined;
        return set === undefined || origin.object.kind !== "NetworkPolicy" || finds(set, origin)
          ? []
          : [{ policy: origin.object.name, field: origin.field, says: set.says }];
      }),
    );

interface Empty {
  readonly policy: string;
  readonly field: string;
  readonly says: string;
}

/** The peer at a field of a policy. */
const peerAt = (policy: NetworkPolicy | undefined, field: string): NetworkPolicyPeer | undefined => {
  const [, direction, rule, peer] = /^spec\.(ingress|egress)\[(\d+)\]\.(?:from|to)\[(\d+)\]$/.exec(field) ?? [];
  const peers =
    direction === "ingress" ? policy?.spec?.ingress?.[Number(rule)]?.from : policy?.spec?.egress?.[Number(rule)]?.to;
  return peers?.[Number(peer)];
};

/** Peers of a namespace's policies (the key) that find no pod anywhere. */
const emptyPeers: Derivation<readonly Empty[]> = {
  name: "empty-peers",
  compute: (view, namespace) => {
    const policies = new Map(view.list(kinds.networkPolicy, namespace).map((one) => [one.metadata.name ?? "", one]));
    const here = emptyOf(
      view.derive(namespaceTraffic, namespace),
      namespace,
      ({ pods }, { object, field }) =>
        peerAt(policies.get(object.name), field)?.namespaceSelector !== undefined ||
        onNodesNetwork(view, namespace, peerAt(policies.get(object.name), field)?.podSelector) ||
        pods.some((pod) => pod !== newcomer(namespace) && pod !== stranger.pod),
    );
    // Whom a selector of namespaces finds is seen among all of them.
    const around = emptyOf(view.derive(roamingRules, namespace), namespace, (_, { object, field }) => {
      const peer = peerAt(policies.get(object.name), field);
      return peer?.namespaceSelector === undefined || findsPods(view, peer);
    });
    const all = [...here, ...around];
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
