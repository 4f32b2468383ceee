import { hostPathControl } from "../../../deciders/host-path.ts";

export const workloadHostPathConfiguration = hostPathControl(
  {
    id: "workload-host-path-configuration",
    title: "Pods do not mount the node's accounts and cluster keys",
    attack:
      "/etc and root's home hold the control plane's keys, static pods, password hashes, SSH keys and scheduled jobs of the node. A pod that mounts them lets an attacker read the keys, and with a writable mount add a job, a user or a static pod that the node will run. They come back as root of the node or as the cluster's administrator.",
    severity: "high",
    severityBecause: "a writable mount is root on the node, a readable one gives keys and password hashes away",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611", "T1552.001"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "configuration",
  () => "keys, accounts and scheduled jobs of the node lie there",
  ({ ref }, { path, name }) => ({
    kind: "by-hand",
    why: `which files of ${path} ${ref.name} needs is not declared, and a read-only mount still shows the keys`,
    how: `put the files that it needs into a ConfigMap or name the single file in volume ${name}, read-only; set up nodes by their own configuration management`,
  }),
);
