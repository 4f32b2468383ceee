import { ruleControl } from "../../../access/rule-control.ts";

export const accessImagesPushed = ruleControl({
  id: "access-images-pushed",
  title: "Nobody pushes into every repository of the machine's registry",
  attack:
    "The machine's registry is trusted from the start, and what lies in it runs. A holder who may push everywhere replaces the image behind a tag that another team deploys. Their code starts under that team's account at the next restart.",
  severity: "high",
  severityBecause: "it reaches the workloads of every namespace",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.2.3"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1525"],
  },
  power: "images-pushed",
  mind: "bind registry-pusher in the namespaces whose repositories are theirs",
});
