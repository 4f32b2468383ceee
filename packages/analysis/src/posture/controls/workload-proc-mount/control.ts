import { ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadProcMount = workloadControl({
  id: "workload-proc-mount",
  title: "Containers keep /proc masked",
  area: "workloads",
  attack:
    "The runtime hides those parts of /proc through which the kernel is set and read, and makes others read-only. With procMount Unmasked and no user namespace of its own, root in the container has them all. An attacker writes a program's name into a setting, and the kernel starts it on the node.",
  severity: "high",
  severityBecause: "root in the container needs a single write to leave it",
  frameworks: {
    pss: ["baseline/procMount"],
    nsa: ["pod-security"],
    cis: ["5.6.3"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    ruleBreaches(
      workload,
      view,
      "baseline",
      "procMount",
      (broken) => `${setterOf(broken)} has the node's kernel settings in /proc, unmasked`,
    ),
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      mind: "containers started inside this one fail afterwards; give the pod hostUsers: false if it must start some",
    }),
});
