import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const networkNodePort = objectControl(kinds.service, {
  id: "network-node-port",
  title: "Services open no port on every node",
  area: "network",
  attack:
    "A Service of type NodePort opens its port on every address of every node. Whoever reaches a node reaches the pods, past ingress controllers, their TLS and their access rules, and source ranges do not apply. Nodes with a public address offer it to the internet without anyone having meant so.",
  severity: "medium",
  severityBecause: "who may connect is left to whatever firewall stands before the nodes",
  frameworks: {
    nsa: ["network-separation"],
    attack: ["T1133"],
    owasp: ["K06:2025"],
    nist: ["4.3.3"],
    pci: ["1.3.1"],
  },
  check: ({ spec }) =>
    spec?.type !== "NodePort"
      ? []
      : [
          {
            field: "spec.type",
            says: `every node offers ${(spec.ports ?? []).map(({ port, nodePort }) => `port ${port}${nodePort === undefined ? "" : ` as ${nodePort}`}`).join(", ")}`,
            passing: "ClusterIP",
          },
        ],
  fix: (service) => ({
    kind: "edits",
    edits: [
      { op: "set", object: refOf(service), field: "spec.type", value: "ClusterIP" },
      ...(service.spec?.ports ?? []).flatMap(({ nodePort }, index) =>
        nodePort === undefined
          ? []
          : [{ op: "remove" as const, object: refOf(service), field: `spec.ports[${index}].nodePort` }],
      ),
    ],
    mind: "clients outside the cluster that use the nodes' ports are cut off; an Ingress or a load balancer serves them instead",
  }),
});
