import { hostPathControl } from "../../../deciders/host-path.ts";

export const workloadHostPathRoot = hostPathControl(
  {
    id: "workload-host-path-root",
    title: "Pods do not mount the node's whole disk",
    attack:
      "The node's root directory holds the kubelet's keys, every pod's Secrets, password hashes and all programs of the node. A pod that mounts it lets whoever breaks in read all of that, and write a cron entry or a key for root where the mount is writable. The node is theirs, and with the kubelet's identity a good part of the cluster.",
    severity: "critical",
    severityBecause: "reading alone gives the node's credentials, writing gives root on it",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611", "T1552.001"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "root",
  () => "all files of the node, its keys among them",
  ({ ref }, { name }) => ({
    kind: "by-hand",
    why: `a read-only mount still gives the node's keys away, and only who runs ${ref.name} knows which files it needs`,
    how: `name in volume ${name} the one directory that it needs, read-only; for a node exporter that is /proc and /sys`,
  }),
);
