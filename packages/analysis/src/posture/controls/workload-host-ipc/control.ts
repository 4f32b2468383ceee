import { brokenRule, ruleBreach } from "../../../deciders/pod-security-rule.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadHostIpc = workloadControl({
  id: "workload-host-ipc",
  title: "Pods do not share the node's memory segments",
  area: "workloads",
  attack:
    "Programs on a node talk over shared memory, semaphores and message queues that only their own users should open. With hostIPC the pod stands among them, and an attacker in it reads and changes what they exchange. Data of programs that never listened to a network leaks, or they are led to do what they should not.",
  severity: "medium",
  severityBecause: "it reaches only programs of the node that use System V or POSIX shared memory",
  frameworks: {
    pss: ["baseline/hostNamespaces"],
    nsa: ["pod-security"],
    cis: ["5.2.4"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "baseline", "hostNamespaces")
      .filter(({ field }) => field.endsWith("spec.hostIPC"))
      .map((broken) =>
        ruleBreach(broken, "baseline", "hostNamespaces", "the pod shares memory segments and queues with the node"),
      ),
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      mind: "processes that must share memory belong into one pod, whose containers share an emptyDir of medium Memory",
    }),
});
