import { brokenRule, onlyRestricted, ruleBreach, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "seccompProfile_restricted";
const baseline = "seccompProfile_baseline";

export const workloadSeccompMissing = workloadControl({
  id: "workload-seccomp-missing",
  title: "Every container has a seccomp profile",
  area: "workloads",
  attack:
    "Unless a pod or its node says otherwise, Kubernetes starts containers without any seccomp profile. An attacker in such a container may make every system call there is, among them those that kernel flaws are reached by. The kernel is shared, so one flaw there is all pods of the node.",
  severity: "medium",
  severityBecause: "it takes a kernel flaw as well, and a node may set a profile for all by seccompDefault",
  frameworks: {
    pss: ["restricted/seccompProfile_restricted"],
    nsa: ["pod-security"],
    cis: ["5.6.2"],
    attack: ["T1611", "T1068"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) => {
    // What a pod switches off its containers inherit: that is told once, as switched off.
    const off = brokenRule(workload, view, "baseline", baseline).some(({ container }) => container === undefined);
    return onlyRestricted(workload, view, rule, baseline)
      .filter(({ container }) => !off || container?.container.securityContext?.seccompProfile !== undefined)
      .map((broken) => ruleBreach(broken, "restricted", rule, `${setterOf(broken)} has no seccomp profile`));
  },
  fix: (workload, breach) =>
    edited([setting(workload, breach.field, "RuntimeDefault")], {
      mind: "ordinary programs notice nothing; one that uses keyrings, bpf or user namespaces fails with EPERM",
    }),
});
