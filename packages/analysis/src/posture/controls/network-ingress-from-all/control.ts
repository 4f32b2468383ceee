import { holdsOnlyFacing, policyAlone } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const networkIngressFromAll = objectControl(kinds.networkPolicy, {
  id: "network-ingress-from-all",
  title: "Ingress rules name who may connect",
  area: "network",
  attack:
    "A policy's ingress rule says which pods may open connections to those that it holds. A rule with no peer, or with an empty namespaceSelector, lets in every pod of every namespace, also of those that come tomorrow. A compromised pod anywhere then reaches these pods although a policy seems to guard them.",
  severity: "medium",
  severityBecause: "the pods are open to the whole cluster, on the ports that the rule has, and look guarded",
  frameworks: {
    nsa: ["network-separation"],
    attack: ["T1046"],
    owasp: ["K05:2025"],
    nist: ["4.3.3"],
    pci: ["1.3.1"],
  },
  check: (policy, view) => {
    const open = policyAlone(policy).entries.filter(({ direction, everyPod }) => direction === "ingress" && everyPod);
    if (open.length === 0 || holdsOnlyFacing(policy, view)) return [];
    return open.map(({ origin, key, peer }) => ({
      field: origin.field,
      key,
      says:
        peer.kind === "any"
          ? "the rule names no peer, so every pod of the cluster and every address may connect"
          : "the rule's peer is every pod of every namespace",
      passing: peer.kind === "any" ? "{from: [{podSelector: {}}]}" : "{podSelector: {}}",
    }));
  },
  fix: (policy, breach, view) => {
    const peer = breach.field.includes(".from[");
    const ingress = view.list(kinds.ingress, policy.metadata.namespace ?? "")[0];
    return {
      kind: "edits",
      edits: [
        peer
          ? { op: "set", object: refOf(policy), field: breach.field, value: { podSelector: {} } }
          : { op: "set", object: refOf(policy), field: `${breach.field}.from`, value: [{ podSelector: {} }] },
      ],
      ...(ingress === undefined
        ? {}
        : {
            breaks: `Ingress ${ingress.metadata.namespace}/${ingress.metadata.name} is served from another namespace, whose pods the rule would not let in any more`,
          }),
      mind: "only pods of the policy's own namespace stay let in; name callers of other namespaces by namespaceSelector first",
    };
  },
});
