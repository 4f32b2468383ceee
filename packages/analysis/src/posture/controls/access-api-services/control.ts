import { ruleControl } from "../../../access/rule-control.ts";

export const accessApiServices = ruleControl({
  id: "access-api-services",
  title: "No role registers servers for groups of the API",
  attack:
    "An APIService hands all requests of a group to a server that it names. A holder takes over a group and gets the requests of every user and controller, with their names and contents. It answers as it likes, and what relies on it believes it.",
  severity: "critical",
  severityBecause: "it stands between the API and all who use the group",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1098"],
  },
  power: "apiservices",
});
