import { ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadPrivileged = workloadControl({
  id: "workload-privileged",
  title: "Containers are not privileged",
  area: "workloads",
  attack:
    "A privileged container holds every capability, sees the host's devices and has no seccomp or AppArmor profile. Whoever runs code in it mounts the node's disk or loads code into its kernel with a line of shell. From there all pods of the node, their Secrets and the node's own identity are theirs.",
  severity: "critical",
  severityBecause: "one compromised process becomes the whole node without any further flaw",
  frameworks: {
    pss: ["baseline/privileged"],
    nsa: ["pod-security"],
    cis: ["5.2.2"],
    attack: ["T1611", "T1610"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
    pci: ["2.2.1", "2.2.6"],
  },
  check: (workload, view) =>
    ruleBreaches(
      workload,
      view,
      "baseline",
      "privileged",
      (broken) => `${setterOf(broken)} is privileged: it holds all that root of the node holds`,
    ),
  fix: (workload, breach) =>
    edited([setting(workload, breach.field, false)], {
      mind: "what it does with devices, mounts or kernel modules stops; name the capability that it needs instead",
    }),
});
