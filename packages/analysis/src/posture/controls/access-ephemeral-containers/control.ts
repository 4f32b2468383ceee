import { ruleControl } from "../../../access/rule-control.ts";

export const accessEphemeralContainers = ruleControl({
  id: "access-ephemeral-containers",
  title: "No role puts containers into running pods",
  attack:
    "An ephemeral container joins a running pod with an image of its maker's choice, and may share its processes. From it a holder reads the memory and files of the workload that it sits beside. The workload's own image, however small, holds nothing against that.",
  severity: "high",
  severityBecause: "it is code beside workloads whose data the holder was never given",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1609", "T1610"],
  },
  power: "ephemeral-containers",
});
