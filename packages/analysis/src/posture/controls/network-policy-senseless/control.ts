import { policyAlone } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const networkPolicySenseless = objectControl(kinds.networkPolicy, {
  id: "network-policy-senseless",
  title: "Every part of a network policy has a meaning",
  area: "network",
  attack:
    "A network policy is only as good as what the network reads in it. An endPort below its port, a port name for an address block or a block that is no address means one thing to its author, nothing to one network plugin and perhaps everything to another. Pods then are open or cut off otherwise than anyone believes.",
  severity: "medium",
  severityBecause: "what the rule does depends on the network plugin and is not what its author wrote",
  frameworks: { nsa: ["network-separation"], owasp: ["K05:2025"], nist: ["4.3.3"], pci: ["1.2.7"] },
  check: (policy) =>
    policyAlone(policy).problems.map(({ field = "spec", rule = "", says }) => ({
      field,
      key: `${rule} ${field}`,
      says,
    })),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "what the author meant by it cannot be seen from the object",
    how: `correct ${breach.field}: a number for port with endPort not below it, a port's number for address blocks, blocks in CIDR notation, selectors and ipBlock in peers of their own`,
  }),
});
