import { hostPathControl, madeReadOnly } from "../../../deciders/host-path.ts";

export const workloadHostPathPrograms = hostPathControl(
  {
    id: "workload-host-path-programs",
    title: "Pods do not write where the node keeps its programs",
    attack:
      "The node runs what lies in /usr, /bin, /lib, /boot and in the network plugins' directory, much of it as root. A pod with a writable mount there lets an attacker replace one of these programs. At the next pod start, log-in or reboot the node runs their code as root, and it stays after the pod is gone.",
    severity: "critical",
    severityBecause: "a replaced program runs as root on the node and outlives the pod",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "programs",
  () => "what is written there the node runs as root",
  (workload, volume) =>
    madeReadOnly(
      workload,
      volume,
      "what installs programs on the node (a network plugin's installer) fails afterwards; install them with the node's own packages",
    ),
);
