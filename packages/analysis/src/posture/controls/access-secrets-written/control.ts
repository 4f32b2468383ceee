import { ruleControl } from "../../../access/rule-control.ts";

export const accessSecretsWritten = ruleControl({
  id: "access-secrets-written",
  title: "No role writes any Secret that it may not read",
  attack:
    "Whoever writes Secrets changes what others trust: a certificate, a password, a registry's credentials. A new Secret of the type service-account-token makes the cluster fill in a token that never ends. Pods that mount what was changed then talk to the attacker's database or pull the attacker's image.",
  severity: "medium",
  severityBecause: "it needs a reader of the Secret to do harm",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K03:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.2"],
    attack: ["T1098"],
  },
  power: "secrets-written",
});
