import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilitySysAdmin = capabilityControl(
  {
    id: "workload-capability-sys-admin",
    title: "Containers do not add SYS_ADMIN",
    attack:
      "SYS_ADMIN lets a process mount file systems, enter namespaces and set up control groups. An attacker in the container mounts the node's cgroup tree or disk and has the kernel start a program of theirs on the node. All pods of the node and the node's own credentials are then theirs.",
    severity: "critical",
    severityBecause: "ways out of the container with this one capability are public and take a few lines of shell",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security"],
      cis: ["5.2.9"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3"],
    },
  },
  ["SYS_ADMIN"],
  "it may mount file systems and enter namespaces",
  "mounts made by the container itself (FUSE, overlay, NFS) fail afterwards; let a CSI driver or the kubelet mount for it",
);
