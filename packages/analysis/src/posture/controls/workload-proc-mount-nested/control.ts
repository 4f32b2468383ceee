import { onlyRestricted, ruleBreach, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "procMount_restricted";

export const workloadProcMountNested = workloadControl({
  id: "workload-proc-mount-nested",
  title: "Containers in a user namespace keep /proc masked too",
  area: "workloads",
  attack:
    "In a user namespace root of the container is nobody on the node, so that an unmasked /proc gives no settings away by itself. It still shows the kernel's inner state and opens mounts of /proc and /sys to the container. An attacker with a kernel flaw finds more of the kernel to aim at.",
  severity: "low",
  severityBecause: "the user namespace stands in between, and a further kernel flaw is needed",
  frameworks: { pss: ["restricted/procMount_restricted"], nsa: ["pod-security"], nist: ["4.4.3"] },
  check: (workload, view) =>
    onlyRestricted(workload, view, rule, "procMount").map((broken) =>
      ruleBreach(broken, "restricted", rule, `${setterOf(broken)} has an unmasked /proc in its user namespace`),
    ),
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      mind: "containers started inside this one (a builder, a CI runner) fail to mount /proc afterwards",
    }),
});
