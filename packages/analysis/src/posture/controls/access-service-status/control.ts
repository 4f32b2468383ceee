import { ruleControl } from "../../../access/rule-control.ts";

export const accessServiceStatus = ruleControl({
  id: "access-service-status",
  title: "No role claims foreign addresses for Services",
  attack:
    "The status of a Service holds the addresses of its load balancer, and nodes lead what is sent to those to the Service's pods. A holder writes in the address of a server that other pods use. Their traffic to that server comes to the holder instead.",
  severity: "medium",
  severityBecause: "it needs pods that talk to that address, and encryption holds it up",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K05:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
  },
  power: "service-status",
});
