import { ruleControl } from "../../../access/rule-control.ts";

export const accessNodeStatus = ruleControl({
  id: "access-node-status",
  title: "No role writes the status of nodes",
  attack:
    "A node's status says at which address its kubelet is reached and what the machine can hold. A holder sends the API server's requests for logs and commands to a host of theirs, or claims resources that draw pods. What the API server then sends can hold other users' input.",
  severity: "medium",
  severityBecause: "the API server checks a kubelet's certificate where it is set up to",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1", "4.3.5"],
    pci: ["7.2.2", "7.2.5"],
  },
  power: "node-status",
});
