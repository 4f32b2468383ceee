import { brokenRule, ruleBreach } from "../../../deciders/pod-security-rule.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadHostPid = workloadControl({
  id: "workload-host-pid",
  title: "Pods do not see the node's processes",
  area: "workloads",
  attack:
    "A pod's own process namespace hides the node's processes and those of other pods from it. With hostPID an attacker sees them all, reads secrets from their command lines and, as root, from their environment and open files, or kills them. With one more power, such as SYS_PTRACE, they step into a process of the node and are out of the container.",
  severity: "high",
  severityBecause: "it gives away secrets of all processes at once and is half of most ways out of a container",
  frameworks: {
    pss: ["baseline/hostNamespaces"],
    nsa: ["pod-security"],
    cis: ["5.2.3"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "baseline", "hostNamespaces")
      .filter(({ field }) => field.endsWith("spec.hostPID"))
      .map((broken) =>
        ruleBreach(broken, "baseline", "hostNamespaces", "the pod sees and may signal every process of the node"),
      ),
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      mind: "a monitor that reads the node's processes sees only its own afterwards; the kubelet's metrics tell most of it",
    }),
});
