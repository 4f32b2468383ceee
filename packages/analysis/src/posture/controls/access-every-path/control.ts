import { ruleControl } from "../../../access/rule-control.ts";

export const accessEveryPath = ruleControl({
  id: "access-every-path",
  title: "No role opens every path of the API server",
  attack:
    "Paths that are no objects hold metrics, logs, profiles and whatever extension servers add. A holder reads how the cluster is built and loaded, and takes profiles that slow it down. It is the groundwork of an attack and, on extension servers, at times the attack itself.",
  severity: "medium",
  severityBecause: "the paths of the API server itself tell much and change little",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.3"],
    attack: ["T1613"],
  },
  power: "any-path",
  byHand: {
    why: "no object says which paths are used",
    how: "write down the paths that the audit log shows for the holders over a few weeks, and name them in the rule",
  },
});
