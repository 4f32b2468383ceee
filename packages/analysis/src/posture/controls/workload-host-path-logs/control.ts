import { hostPathControl, madeReadOnly } from "../../../deciders/host-path.ts";

export const workloadHostPathLogs = hostPathControl(
  {
    id: "workload-host-path-logs",
    title: "Pods do not write to the node's logs",
    attack:
      "The kubelet serves the files under /var/log to whoever may read logs, and it opens them as root of the node. An attacker in a pod that may write there plants a link to any file of the node and asks for it as a log. Keys and Secrets are read that way, and traces of the break-in are wiped.",
    severity: "high",
    severityBecause: "a link and a log request read any file of the node as root",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security", "audit-logging"],
      cis: ["5.2.12"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "logs",
  () => "links planted there are followed by the kubelet as root, and traces can be wiped",
  (workload, volume) =>
    madeReadOnly(
      workload,
      volume,
      "a collector that keeps its positions beside the logs cannot write them afterwards; give it a volume of its own for them",
    ),
);
