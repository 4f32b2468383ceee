import { hostPathControl } from "../../../deciders/host-path.ts";

export const workloadHostPathState = hostPathControl(
  {
    id: "workload-host-path-state",
    title: "Pods do not mount the state of kubelet, runtime or etcd",
    attack:
      "The kubelet keeps every pod's Secrets and tokens and its own key as files, the runtime all containers' disks, etcd the whole cluster. A pod that mounts one of these directories hands them to whoever breaks into it. Tokens of other accounts are taken and used, and running containers are changed from outside.",
    severity: "critical",
    severityBecause: "the tokens and keys of all pods of the node lie there as plain files",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611", "T1552.001", "T1528"],
      owasp: ["K01:2025", "K03:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "state",
  () => "Secrets, tokens and disks of other pods lie there",
  ({ ref }, { path, name }) => ({
    kind: "by-hand",
    why: `which part of ${path} ${ref.name} works with is not declared, and a read-only mount still shows the Secrets`,
    how: `storage and device plugins need only plugins, plugins_registry or device-plugins of /var/lib/kubelet: name that in volume ${name}; backups of volumes belong to a CSI snapshot`,
  }),
);
