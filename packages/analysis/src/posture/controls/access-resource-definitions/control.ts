import { ruleControl } from "../../../access/rule-control.ts";

export const accessResourceDefinitions = ruleControl({
  id: "access-resource-definitions",
  title: "No role changes or removes definitions of kinds",
  attack:
    "The objects of a kind live and end with its definition, and rules of the definition say what they may hold. A holder who deletes one deletes every object of the kind, and one who changes it adds a conversion server that sees them all. Operators then act on what the attacker made of their orders.",
  severity: "high",
  severityBecause: "it destroys or rewrites all objects of a kind in every namespace",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1485"],
  },
  power: "resource-definitions",
  mind: "an operator that keeps its definitions up to date needs them by their names",
});
