import type { Direction, NetworkRuleSet, PodKey, PortMatch } from "@bulkhead/policy";
import { heldPods, namespaceTraffic, wideRules } from "../../../deciders/network.ts";
import { type PolicyRuleEntry, policyAlone } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

/** Whether some pod at the far end of a rule calls a port by this name. */
const meansSomething = (rules: NetworkRuleSet, { set }: { readonly set: string }, among: readonly PodKey[]): boolean =>
  rules.namedPorts.get(set)?.members.some(({ pod }) => among.includes(pod)) === true;

const namesOf = ({ ports }: PolicyRuleEntry): readonly (PortMatch & { kind: "named" })[] =>
  ports === "any" ? [] : ports.filter((p) => p.kind === "named");

const farEnd: Readonly<Record<Direction, string>> = { ingress: "of the pods that it holds", egress: "of any pod" };

export const networkPortName = objectControl(kinds.networkPolicy, {
  id: "network-port-name",
  title: "Named ports of network policies are declared by some pod",
  area: "network",
  attack:
    "A rule may name a port by the name that containers declare, and the number is looked up in each pod. Where no pod declares the name the rule lets nothing through, until some container comes along and gives the name to a port of its choice. Whoever writes that container then decides which port the policy opens.",
  severity: "low",
  severityBecause: "the rule allows nothing today, and only an author of pods can make it mean something else",
  frameworks: { nsa: ["network-separation"], owasp: ["K05:2025"], pci: ["1.2.7"] },
  check: (policy, view) => {
    const namespace = policy.metadata.namespace ?? "";
    const named = policyAlone(policy).entries.filter((entry) => namesOf(entry).length > 0);
    if (named.length === 0) return [];
    const held = view.derive(heldPods, namespace).get(policy.metadata.name ?? "") ?? [];
    // A policy that holds nothing is another control's.
    if (held.length === 0) return [];
    const found = new Map<string, { field: string; key: string; says: string }>();
    for (const entry of named) {
      const { direction, rule } = entry;
      const rules = direction === "ingress" ? view.derive(namespaceTraffic, namespace) : view.derive(wideRules);
      for (const port of namesOf(entry)) {
        if (meansSomething(rules, port, direction === "ingress" ? held : [...rules.pods.keys()])) continue;
        const key = `${direction} ${port.protocol} ${port.name}`;
        const field = `spec.${direction}[${rule}].ports`;
        if (!found.has(key))
          found.set(key, {
            field,
            key,
            says: `no container ${farEnd[direction]} calls a ${port.protocol} port ${port.name}`,
          });
      }
    }
    return [...found.values()];
  },
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "which port was meant cannot be seen from the objects",
    how: `give the container's port that name, or write the number into ${breach.field}`,
  }),
});
