import { allPorts, clusterDns, namesPort, policyAlone } from "../../../deciders/policy-rules.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const networkDnsAny = objectControl(kinds.networkPolicy, {
  id: "network-dns-any",
  title: "DNS goes to the cluster's resolver only",
  area: "network",
  attack:
    "Pods need DNS, and a rule for port 53 without a destination lets them ask any server in the world. An attacker's own name server answers such questions and so takes data out and sends commands in, over a port that every firewall rule here allows. Nothing of that passes the cluster's resolver, where it could be seen or stopped.",
  severity: "low",
  severityBecause:
    "it opens a slow channel out of pods that are otherwise held, and only to code that runs there already",
  frameworks: {
    nsa: ["network-separation"],
    owasp: ["K05:2025"],
    nist: ["4.4.2"],
    pci: ["1.3.2"],
  },
  check: (policy) =>
    policyAlone(policy)
      .entries.filter(
        (entry) => entry.direction === "egress" && entry.everyAddress && namesPort(entry, 53) && !allPorts(entry),
      )
      .map(({ origin, key }) => ({ field: origin.field, key, says: "the rule lets pods ask any DNS server anywhere" })),
  fix: (policy, breach, view) => {
    const [, rule = "0"] = /\[(\d+)\]/.exec(breach.field) ?? [];
    const found = policy.spec?.egress?.[Number(rule)];
    const onlyDns = found?.ports?.every(({ port, endPort }) => port === 53 && endPort === undefined) === true;
    if (!onlyDns)
      return {
        kind: "by-hand",
        why: "the rule is for other ports as well, whose destinations cannot be seen from the objects",
        how: "move port 53 into a rule of its own, to the namespace of the cluster's DNS",
      };
    return {
      kind: "edits",
      edits: [{ op: "set", object: refOf(policy), field: `spec.egress[${rule}].to`, value: clusterDns(view) }],
      mind: "a resolver elsewhere than in kube-system (a node-local cache, a company's server) needs a rule of its own",
    };
  },
});
