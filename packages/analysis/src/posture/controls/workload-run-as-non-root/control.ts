import type { BrokenRule } from "../../../deciders/pod-security-rule.ts";
import { brokenRule, ruleBreach, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";
import type { Workload } from "../../workload.ts";

const rule = "runAsNonRoot";

const userOf = ({ spec }: Workload, { container }: BrokenRule): number | undefined =>
  container?.container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser;

export const workloadRunAsNonRoot = workloadControl({
  id: "workload-run-as-non-root",
  title: "Containers are held to a user that is not root",
  area: "workloads",
  attack:
    "Which user a container runs as is the image's choice, and most images choose root. Unless runAsNonRoot is true, the next version of an image may turn to root without anybody noticing. An attacker who breaks in is root in the container, which is where most escapes to the node begin.",
  severity: "medium",
  severityBecause: "it is half of most ways out of a container, though not one by itself",
  frameworks: {
    pss: ["restricted/runAsNonRoot"],
    nsa: ["pod-security"],
    cis: ["5.2.7"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.1.2", "4.4.3"],
    pci: ["2.2.6"],
  },
  check: (workload, view) => {
    const ofPod = workload.spec.securityContext?.runAsNonRoot === false;
    return (
      brokenRule(workload, view, "restricted", rule)
        // Told once at the pod, and not again for who inherits it; and who is told to be root is told elsewhere.
        .filter(
          ({ container }) =>
            container === undefined || !ofPod || container.container.securityContext?.runAsNonRoot !== undefined,
        )
        .filter((broken) => userOf(workload, broken) !== 0)
        .map((broken) => {
          const user = userOf(workload, broken);
          return ruleBreach(
            broken,
            "restricted",
            rule,
            user === undefined
              ? `${setterOf(broken)} runs as whom the image says, root included`
              : `${setterOf(broken)} runs as user ${user}, but nothing holds it to a user that is not root`,
          );
        })
    );
  },
  fix: (workload, breach) =>
    edited([setting(workload, breach.field, true)], {
      mind: "an image that starts as root, or names its user by a word, is refused by the kubelet then; set runAsUser to a number that it works with",
    }),
});
