import { ruleControl } from "../../../access/rule-control.ts";

export const accessEveryVerb = ruleControl({
  id: "access-every-verb",
  title: "No rule allows every verb on resources that lead further",
  attack:
    "Verbs are more than reading and writing: escalate, bind, impersonate, approve and create on subresources each lift another rule. A rule with the verb `*` gives all of them, where its author thought of a few. Whoever holds it uses the one that nobody meant.",
  severity: "high",
  severityBecause: "how far it leads depends on the resource, and each of these leads beyond it",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.3", "5.1.8"],
    attack: ["T1098"],
  },
  power: "any-verb",
  byHand: {
    why: "no object says which verbs are used",
    how: "write down the verbs that the audit log shows for the holders over a few weeks, and name them in the rule",
  },
});
