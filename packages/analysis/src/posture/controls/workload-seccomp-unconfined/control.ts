import { ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadSeccompUnconfined = workloadControl({
  id: "workload-seccomp-unconfined",
  title: "No seccomp profile is switched off",
  area: "workloads",
  attack:
    "The runtime's seccomp profile shuts some sixty system calls that programs in containers hardly need and kernel flaws often do. A container told to be Unconfined has all of them. An attacker in it uses keyrings, user namespaces or bpf calls against the node's kernel, and a flaw there ends all isolation.",
  severity: "high",
  severityBecause: "most container escapes through the kernel of the last years needed a call that the profile shuts",
  frameworks: {
    pss: ["baseline/seccompProfile_baseline"],
    nsa: ["pod-security"],
    cis: ["5.6.2"],
    attack: ["T1611", "T1068"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    ruleBreaches(
      workload,
      view,
      "baseline",
      "seccompProfile_baseline",
      (broken) => `${setterOf(broken)} switches the seccomp profile off`,
    ),
  fix: (workload, breach) =>
    edited([setting(workload, breach.field, "RuntimeDefault")], {
      mind: "a program that needs one of the calls fails with EPERM; a Localhost profile can add that one call",
    }),
});
