import { ruleControl } from "../../../access/rule-control.ts";

export const accessNodeProxy = ruleControl({
  id: "access-node-proxy",
  title: "No role reaches the kubelets through nodes/proxy",
  attack:
    "A kubelet runs commands in every container of its node for whoever has nodes/proxy. Reading is enough, since a WebSocket opens with a GET; sent to the node itself it passes neither admission nor the API server's audit log. Whoever holds it is in every pod of every node.",
  severity: "critical",
  severityBecause: "it is code in every container, past admission and audit",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.10"],
    attack: ["T1609", "T1611"],
  },
  power: "node-proxy",
  mind: "metrics need nodes/metrics and nodes/stats alone",
});
