import { type BrokenRule, brokenRule, ruleBreach, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "appArmorProfile";
const annotated = ({ field }: Pick<BrokenRule, "field">): boolean => field.endsWith('"]');

export const workloadApparmorOff = workloadControl({
  id: "workload-apparmor-off",
  title: "Containers keep the runtime's AppArmor profile",
  area: "workloads",
  attack:
    "Where the node has AppArmor, the runtime's profile forbids a container to mount, to trace others and to write to /proc and /sys. An unconfined container has lost that wall. An attacker who has a capability too many or a kernel flaw at hand meets nothing more on the way to the node.",
  severity: "medium",
  severityBecause: "it takes away one of several walls, and only on nodes that have AppArmor",
  frameworks: {
    pss: ["baseline/appArmorProfile"],
    nsa: ["pod-security"],
    cis: ["5.6.3"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "baseline", rule).map((broken) =>
      annotated(broken)
        ? ruleBreach(broken, "baseline", rule, "an annotation takes a container out of its AppArmor profile")
        : ruleBreach(broken, "baseline", rule, `${setterOf(broken)} runs outside every AppArmor profile`),
    ),
  fix: (workload, breach) =>
    edited([setting(workload, breach.field, annotated(breach) ? "runtime/default" : "RuntimeDefault")], {
      mind: "mounts and traces from inside the container are refused afterwards; a profile of its own (Localhost) can allow them one by one",
    }),
});
