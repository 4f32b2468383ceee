import { ruleControl } from "../../../access/rule-control.ts";

export const accessVolumes = ruleControl({
  id: "access-volumes",
  title: "No role makes PersistentVolumes",
  attack:
    "A PersistentVolume may be any folder of a node, and Pod Security looks at pods alone. A holder makes one of the node's root, claims it, and mounts the claim in a pod that every rule lets pass. They read and write the node's disk, kubelet keys and other pods' files with it.",
  severity: "high",
  severityBecause: "it is the way to the node's disk that pod rules do not see",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    cis: ["5.1.9"],
    attack: ["T1611"],
  },
  power: "volumes",
  mind: "a storage driver's provisioner needs it; hold it to that account in that driver's namespace",
});
