import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const networkIngressWildcard = objectControl(kinds.ingress, {
  id: "network-ingress-wildcard",
  title: "Ingress rules name their hosts",
  area: "network",
  attack:
    "An Ingress rule without a host, or with a wildcard, answers for names that nobody has given it. A name of the company that points at the cluster and has no rule of its own, left over or not served yet, is then answered by this workload. Cookies and links meant for another site reach it, and its own pages appear under a trusted name.",
  severity: "low",
  severityBecause: "it takes a name without a rule of its own, and a workload that misuses what it gets",
  frameworks: { nsa: ["network-separation"], owasp: ["K06:2025"], pci: ["1.3.1"] },
  check: ({ spec }) =>
    (spec?.rules ?? [])
      .flatMap(({ host }, index) =>
        host === undefined || host === "" || host.startsWith("*")
          ? [
              {
                field: `spec.rules[${index}].host`,
                key: host ?? "",
                says:
                  host === undefined || host === ""
                    ? "the rule answers for every host name"
                    : `the rule answers for every name of ${host}`,
              },
            ]
          : [],
      )
      .filter(({ key }, index, all) => all.findIndex((one) => one.key === key) === index),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "under which names the workload is meant to be found cannot be seen from the object",
    how: `write the name into ${breach.field}, one rule for each`,
  }),
});
