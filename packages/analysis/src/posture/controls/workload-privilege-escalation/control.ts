import { bareCapability } from "../../../deciders/capability.ts";
import { ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { containerOf, edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadPrivilegeEscalation = workloadControl({
  id: "workload-privilege-escalation",
  title: "Processes cannot gain privileges that their container did not start with",
  area: "workloads",
  attack:
    "A program that is not root can become root through a setuid file such as su or mount, unless no_new_privs forbids it. Unless allowPrivilegeEscalation is false, it does not forbid it. An attacker who broke into an unprivileged process turns a flaw in any setuid program of the image into root in the container, and goes on from there.",
  severity: "medium",
  severityBecause: "it needs a setuid program in the image, and gives root in the container only",
  frameworks: {
    pss: ["restricted/allowPrivilegeEscalation"],
    nsa: ["pod-security"],
    cis: ["5.2.6"],
    attack: ["T1068"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    ruleBreaches(
      workload,
      view,
      "restricted",
      "allowPrivilegeEscalation",
      (broken) => `${setterOf(broken)} may gain privileges through setuid programs`,
    ),
  fix: (workload, breach) => {
    const { privileged, capabilities } = containerOf(workload, breach)?.container.securityContext ?? {};
    const admin = capabilities?.add?.some((name) => bareCapability(name) === "SYS_ADMIN") === true;
    if (privileged === true || admin)
      return {
        kind: "by-hand",
        why: `the API server refuses allowPrivilegeEscalation: false beside ${privileged === true ? "privileged: true" : "SYS_ADMIN"}`,
        how: "take that away first, then this can be set",
      };
    return edited([setting(workload, breach.field, false)], {
      mind: "sudo, su and programs with file capabilities (ping in some images) fail in the container afterwards",
    });
  },
});
