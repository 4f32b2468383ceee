import { ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadSelinuxOptions = workloadControl({
  id: "workload-selinux-options",
  title: "Pods choose no SELinux user, role or foreign type",
  area: "workloads",
  attack:
    "Where the node has SELinux, a container's type keeps it from the node's files and from other containers' files. A type such as spc_t, or a user or role of the pod's choosing, takes that wall away. An attacker who gets at a path of the node, by a mount or a flaw, may then read and write it.",
  severity: "medium",
  severityBecause: "it takes away one of several walls, and only on nodes that enforce SELinux",
  frameworks: {
    pss: ["baseline/seLinuxOptions"],
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
      "seLinuxOptions",
      (broken) =>
        `${setterOf(broken)} chooses its own SELinux ${broken.field.slice(broken.field.lastIndexOf(".") + 1)}`,
    ).map((breach) =>
      breach.key === undefined
        ? breach
        : { ...breach, key: `${breach.key} ${breach.field.slice(breach.field.lastIndexOf(".") + 1)}` },
    ),
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      mind: "files that the pod reads must carry the label container_file_t; what it read as a more powerful type is refused otherwise",
    }),
});
