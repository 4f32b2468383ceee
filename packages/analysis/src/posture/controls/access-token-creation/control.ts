import { ruleControl } from "../../../access/rule-control.ts";

export const accessTokenCreation = ruleControl({
  id: "access-token-creation",
  title: "No role makes tokens of every service account",
  attack:
    "A token request gives out a fresh token of any service account within reach. A holder asks for one of the strongest account and uses it from outside the cluster. It bears that account's name, and the pod that it was made for never existed.",
  severity: "high",
  severityBecause: "it gives the strongest account that the holder can reach",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K09:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.13"],
    attack: ["T1528"],
  },
  power: "tokens",
  mind: "name the accounts in resourceNames: for this request they are known",
});
