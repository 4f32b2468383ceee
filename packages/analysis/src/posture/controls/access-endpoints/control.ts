import { ruleControl } from "../../../access/rule-control.ts";

export const accessEndpoints = ruleControl({
  id: "access-endpoints",
  title: "No role leads Services' traffic to addresses of its own choice",
  attack:
    "Endpoints say to which addresses a Service's name leads. A holder puts in their own pod, or one of another namespace that no policy lets them reach. Clients hand their requests and passwords over, or the Service carries the attacker past the policy.",
  severity: "medium",
  severityBecause: "it needs clients of that Service, and encryption between both ends holds it up",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K05:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
  },
  power: "endpoints",
});
