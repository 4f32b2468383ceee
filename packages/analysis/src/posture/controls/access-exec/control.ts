import { ruleControl } from "../../../access/rule-control.ts";

export const accessExec = ruleControl({
  id: "access-exec",
  title: "No role runs commands inside pods",
  attack:
    "A command in a running container has its files, its mounted Secrets, its token and its connections. A holder goes into the pod with the strongest account or the database's password. Nothing of what is typed there passes admission or is seen in the image.",
  severity: "high",
  severityBecause: "it is code in workloads whose rights and data the holder was never given",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1609"],
  },
  power: "exec",
  mind: "for emergencies, bind such a role for an hour; older API servers take get alone for a WebSocket",
});
