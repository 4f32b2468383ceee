import { hostPathControl, madeReadOnly } from "../../../deciders/host-path.ts";

export const workloadHostPathKernel = hostPathControl(
  {
    id: "workload-host-path-kernel",
    title: "Pods do not write to the node's /proc and /sys",
    attack:
      "Through /proc and /sys the kernel takes its settings, and the runtime masks them in containers for that reason. A writable mount of the node's own lets a root process name a program that the kernel then starts on the node at the next crash or hotplug event. One write to core_pattern or uevent_helper is root on the node.",
    severity: "critical",
    severityBecause: "a single write makes the kernel run a program as root outside the container",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "kernel",
  () => "a write there makes the kernel start programs on the node",
  (workload, volume) =>
    madeReadOnly(
      workload,
      volume,
      "an agent that only measures works on; one that sets kernel parameters fails, and those belong into the node's sysctl.d",
    ),
);
