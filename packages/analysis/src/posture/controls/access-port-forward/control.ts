import { ruleControl } from "../../../access/rule-control.ts";

export const accessPortForward = ruleControl({
  id: "access-port-forward",
  title: "No role opens connections to every port of pods",
  attack:
    "A forwarded port enters the pod from the node's side, and no NetworkPolicy stands in that way. A holder reaches databases and administrative ports that listen for their own pod only. They are then asked for no more than the service itself asks, which is often nothing.",
  severity: "medium",
  severityBecause: "what listens may still ask for credentials",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K05:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1609"],
  },
  power: "port-forward",
});
