import { ruleControl } from "../../../access/rule-control.ts";

export const accessPodProxy = ruleControl({
  id: "access-pod-proxy",
  title: "No role sends requests to pods and Services through the API server",
  attack:
    "The proxy subresources carry a request to a pod or Service from the API server's own address. NetworkPolicies often let that address through, and the workload sees no sender to refuse. A holder talks to internal interfaces that no pod of theirs could reach.",
  severity: "medium",
  severityBecause: "what listens may still ask for credentials",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K05:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
  },
  power: "proxy",
});
