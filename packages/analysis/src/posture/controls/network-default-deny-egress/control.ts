import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { denyByDefault, openByDefault } from "../default-deny.ts";

export const networkDefaultDenyEgress = objectControl(kinds.namespace, {
  id: "network-default-deny-egress",
  title: "Pods reach only what a policy names",
  area: "network",
  attack:
    "A pod whose egress no policy holds opens connections to the whole internet, to every pod and to the cloud's metadata service. Injected code uses that to fetch its tools, to call home and to carry data away. Without it most intrusions stop at a process that can tell nobody.",
  severity: "high",
  severityBecause:
    "open egress is what turns code execution into remote control, theft of data and stolen cloud credentials",
  frameworks: {
    nsa: ["network-separation"],
    cis: ["5.3.2"],
    owasp: ["K05:2025"],
    nist: ["4.4.2"],
    pci: ["1.3.2"],
  },
  check: (namespace, view) => openByDefault(namespace, view, "egress"),
  fix: (namespace, _, view) => ({
    kind: "edits",
    edits: [denyByDefault(view, namespace.metadata.name ?? "", "egress")],
    mind: "calls to other namespaces and to the internet stop until a policy names them; DNS in kube-system stays open",
  }),
});
