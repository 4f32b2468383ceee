import { ruleControl } from "../../../access/rule-control.ts";

export const accessEverything = ruleControl({
  id: "access-everything",
  title: "No role allows every verb on every resource",
  attack:
    "Such a role is the cluster's administrator under another name, in the namespaces or the cluster where it is bound. Whoever takes over one of its holders, a pod with its token or a person's kubeconfig, needs no further step. They read all Secrets, start any pod, and leave rights behind for later.",
  severity: "critical",
  severityBecause: "there is nothing left to escalate to",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.1", "5.1.3"],
    attack: ["T1078", "T1098"],
  },
  power: "everything",
  byHand: {
    why: "no object says which rights are used",
    how: "write down the rights that the audit log shows for the holders over a few weeks, and name them in the rule",
  },
});
