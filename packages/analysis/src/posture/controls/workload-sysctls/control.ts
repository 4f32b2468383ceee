import { brokenRule, ruleBreach } from "../../../deciders/pod-security-rule.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "sysctls";
const entry = (field: string): string => field.slice(0, -".name".length);

export const workloadSysctls = workloadControl({
  id: "workload-sysctls",
  title: "Pods set only safe kernel parameters",
  area: "workloads",
  attack:
    "A kernel parameter is safe for a pod to set where it counts for that pod alone and cannot starve the node. Others weaken the pod's network stack, such as by accepting redirects, or take memory and limits from its neighbours. An attacker who may write such a pod diverts traffic or brings the node down.",
  severity: "medium",
  severityBecause:
    "the kubelet refuses unsafe ones unless its administrator allowed them, and their effect is mostly on the pod",
  frameworks: {
    pss: ["baseline/sysctls"],
    nsa: ["pod-security"],
    cis: ["5.6.3"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "baseline", rule).map((broken) => {
      const name = workload.spec.securityContext?.sysctls?.find((_, i) =>
        broken.field.endsWith(`.sysctls[${i}].name`),
      )?.name;
      return ruleBreach(broken, "baseline", rule, `the pod sets ${name ?? "a sysctl"}, which is not a safe one`, name);
    }),
  fix: (workload, breach) =>
    edited([removing(workload, entry(breach.field))], {
      mind: "the pod runs with the node's value then; a value that a program must have can be set for the node instead",
    }),
});
