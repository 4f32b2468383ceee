import { allPorts, policyAlone } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const networkEgressAny = objectControl(kinds.networkPolicy, {
  id: "network-egress-any",
  title: "Egress rules name destinations or ports",
  area: "network",
  attack:
    "An egress rule that allows every address on every port is as good as no policy for what its pods may reach. Code that an attacker runs there calls home, fetches tools, scans the network behind the cluster and carries data out on any port. The policy gives the look of a guarded namespace and stops none of it.",
  severity: "medium",
  severityBecause: "nothing that leaves the pod is stopped, while the pod still has to be compromised first",
  frameworks: {
    nsa: ["network-separation"],
    owasp: ["K05:2025"],
    nist: ["4.4.2"],
    pci: ["1.3.2"],
  },
  check: (policy) =>
    policyAlone(policy)
      .entries.filter((entry) => entry.direction === "egress" && entry.everyAddress && allPorts(entry))
      .map(({ origin, key, peer }) => ({
        field: origin.field,
        key,
        says:
          peer.kind === "block"
            ? `the rule allows every port of ${peer.cidr}`
            : "the rule names neither destination nor port, so everything is allowed",
      })),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "which destinations the pods need cannot be seen from the objects",
    how: `replace ${breach.field} by one rule for each destination: a podSelector or namespaceSelector inside the cluster, an ipBlock with its ports outside; cluster DNS has a rule of its own`,
  }),
});
