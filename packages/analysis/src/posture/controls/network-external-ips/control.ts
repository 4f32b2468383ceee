import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const networkExternalIps = objectControl(kinds.service, {
  id: "network-external-ips",
  title: "Services claim no addresses of others",
  area: "network",
  attack:
    "A Service's externalIPs make every node hand traffic for those addresses to the Service's pods, and nothing checks whose addresses they are. Whoever may write Services claims the address of a public site, a database or the metadata service (CVE-2020-8554). All pods and nodes that speak to it speak to his pod instead.",
  severity: "high",
  severityBecause:
    "the right to write a Service in one namespace is enough to come between the whole cluster and any address",
  frameworks: {
    nsa: ["network-separation"],
    owasp: ["K05:2025"],
    nist: ["4.3.3"],
    pci: ["1.3.1"],
  },
  check: ({ spec }) =>
    (spec?.externalIPs ?? []).length === 0
      ? []
      : [
          {
            field: "spec.externalIPs",
            says: `the Service takes over traffic for ${spec?.externalIPs?.join(", ")} on every node`,
            passing: "[]",
          },
        ],
  fix: (service) => ({
    kind: "edits",
    edits: [{ op: "remove", object: refOf(service), field: "spec.externalIPs" }],
    mind: "clients that use these addresses lose them; a Service of type LoadBalancer gets an address that is its own",
  }),
});
