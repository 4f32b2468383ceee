import { ruleControl } from "../../../access/rule-control.ts";

export const accessLooseWildcard = ruleControl({
  id: "access-loose-wildcard",
  title: "Rules name verbs, groups and resources instead of wildcards, also where little hangs on it",
  attack:
    "A wildcard over kinds of one's own or over groups is not dangerous today. It grows without anyone's doing: the next kind, verb or group of that name is covered on the day it appears. A compromised holder then has rights that no review ever saw.",
  severity: "low",
  severityBecause: "what it covers today leads nowhere",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.3"],
  },
  power: "loose",
  byHand: {
    why: "no object says which verbs, groups and resources are used",
    how: "write down the verbs, groups and resources that the audit log shows for the holders over a few weeks, and name them in the rule",
  },
});
