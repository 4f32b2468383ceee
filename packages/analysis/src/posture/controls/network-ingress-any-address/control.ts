import type { NetworkPolicyPeer } from "@bulkhead/api";
import { holdsOnlyFacing, policyAlone } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const networkIngressAnyAddress = objectControl(kinds.networkPolicy, {
  id: "network-ingress-any-address",
  title: "Ingress from any address is let only to what is offered outside",
  area: "network",
  attack:
    "A policy that allows ingress from 0.0.0.0/0 or ::/0 lets in every address that can be routed to the pods, those of other pods too. An attacker in the neighbouring network, on a node or in any pod connects past everything that the policy seems to hold. What was an inner service is then attacked as if it stood on the internet.",
  severity: "medium",
  severityBecause: "who is let in is decided by routing alone, for pods that no Service offers to the outside",
  frameworks: {
    nsa: ["network-separation"],
    attack: ["T1133"],
    owasp: ["K05:2025"],
    nist: ["4.3.3"],
    pci: ["1.3.1"],
  },
  check: (policy, view) => {
    const open = policyAlone(policy).entries.filter(
      ({ direction, peer, everyAddress }) => direction === "ingress" && peer.kind === "block" && everyAddress,
    );
    if (open.length === 0 || holdsOnlyFacing(policy, view)) return [];
    return open.map(({ origin, key, peer }) => ({
      field: origin.field,
      key,
      says: `the rule lets in every address of ${peer.kind === "block" ? peer.cidr : ""}, and no Service offers these pods outside`,
    }));
  },
  fix: (policy, breach) => {
    const [, rule = "0"] = /\[(\d+)\]/.exec(breach.field) ?? [];
    const others = (policy.spec?.ingress?.[Number(rule)]?.from ?? []).filter(
      ({ ipBlock }: NetworkPolicyPeer) => ipBlock === undefined || !/\/[01]$/.test(ipBlock.cidr),
    );
    return {
      kind: "edits",
      edits: [
        {
          op: "set",
          object: refOf(policy),
          field: `spec.ingress[${rule}].from`,
          // An empty list would let in everyone.
          value: others.length > 0 ? others : [{ podSelector: {} }],
        },
      ],
      mind: "whoever connects from an address outside is cut off; name the blocks that are meant first",
    };
  },
});
