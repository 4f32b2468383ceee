import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { denyByDefault, keepOffered, openByDefault } from "../default-deny.ts";

export const networkDefaultDenyIngress = objectControl(kinds.namespace, {
  id: "network-default-deny-ingress",
  title: "Pods are reached only by whom a policy names",
  area: "network",
  attack:
    "A pod that no network policy selects takes connections from every pod of the cluster. Whoever holds one forgotten pod scans all others and speaks to databases, caches and debug ports that were never meant for it. One weak workload of any team becomes the way into this namespace.",
  severity: "high",
  severityBecause: "every compromised pod of the cluster reaches everything here, with no further flaw in the network",
  frameworks: {
    nsa: ["network-separation"],
    cis: ["5.3.2"],
    attack: ["T1046"],
    owasp: ["K05:2025"],
    nist: ["4.3.3"],
    pci: ["1.3.1"],
  },
  check: (namespace, view) => openByDefault(namespace, view, "ingress"),
  fix: (namespace, _, view) => {
    const name = namespace.metadata.name ?? "";
    const offered = view
      .list(kinds.service, name)
      .filter(
        ({ spec }) =>
          Object.keys(spec?.selector ?? {}).length > 0 && (spec?.type === "LoadBalancer" || spec?.type === "NodePort"),
      );
    const ingress = view.list(kinds.ingress, name)[0];
    return {
      kind: "edits",
      edits: [denyByDefault(view, name, "ingress"), ...offered.map((service) => keepOffered(view, service))],
      ...(ingress === undefined
        ? {}
        : {
            breaks: `what Ingress ${name}/${ingress.metadata.name} publishes stops until a policy lets its controller in`,
          }),
      mind: "callers in other namespaces are cut off until a policy names them; traffic within the namespace stays",
    };
  },
});
