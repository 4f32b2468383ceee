import { ruleControl } from "../../../access/rule-control.ts";

export const accessImageReports = ruleControl({
  id: "access-image-reports",
  title: "Only the agent's scanner writes ImageReports",
  attack:
    "ImageReports say which vulnerabilities an image has, and image policies and people go by them. A holder deletes the report of an image or writes one without findings. What ought to be refused or replaced goes on running and looks clean.",
  severity: "medium",
  severityBecause: "it hides what is known, and the node looks again by itself",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025", "K04:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1562.001"],
  },
  power: "image-reports",
});
