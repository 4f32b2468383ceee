import { ruleControl } from "../../../access/rule-control.ts";

export const accessWebhooks = ruleControl({
  id: "access-webhooks",
  title: "No role changes admission webhooks",
  attack:
    "A mutating webhook is shown every object that it asks for, Secrets with their contents too, and may rewrite it. A holder adds one that leads to a server of theirs, or removes the one that enforces the rules. From then on each new pod can carry what the attacker puts in.",
  severity: "critical",
  severityBecause: "it reads and rewrites everything that is written",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K04:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.12"],
    attack: ["T1562.001"],
  },
  power: "webhooks",
  mind: "an operator that renews its webhook's certificate needs update and patch of that one by its name",
});
