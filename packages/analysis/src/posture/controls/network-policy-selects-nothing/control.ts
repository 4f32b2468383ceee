import { heldPods, onNodesNetwork } from "../../../deciders/network.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { workloadsIn } from "../../workload.ts";

export const networkPolicySelectsNothing = objectControl(kinds.networkPolicy, {
  id: "network-policy-selects-nothing",
  title: "Every network policy holds some pod",
  area: "network",
  attack:
    "A network policy guards the pods whose labels its podSelector names. After a renamed label or a mistyped one it selects nothing, and the pods that it was written for stand open or closed by other policies alone. Nobody notices, since the policy is there and looks right.",
  severity: "low",
  severityBecause: "the policy has no effect, while others of the namespace may still hold the pods",
  frameworks: { nsa: ["network-separation"], owasp: ["K05:2025"], nist: ["4.3.3"], pci: ["1.2.7"] },
  check: (policy, view) => {
    const namespace = policy.metadata.namespace ?? "";
    const selector = policy.spec?.podSelector;
    if (Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0) return [];
    if (workloadsIn(view, namespace).length === 0) return "not-applicable";
    if ((view.derive(heldPods, namespace).get(policy.metadata.name ?? "") ?? []).length > 0) return [];
    // Those on the node's network have the labels, and a control of their own tells what follows.
    if (onNodesNetwork(view, namespace, selector ?? {})) return [];
    return [{ field: "spec.podSelector", says: `no pod of namespace ${namespace} has the labels that it selects` }];
  },
  fix: (policy) => ({
    kind: "by-hand",
    why: "which pods the policy was meant for cannot be seen from the objects",
    how: `compare spec.podSelector with the labels of the pods (kubectl get pods -n ${policy.metadata.namespace} --show-labels) and correct it, or delete the policy`,
  }),
});
