import { brokenRule, ruleBreach, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "runAsUser";

export const workloadRunAsRoot = workloadControl({
  id: "workload-run-as-root",
  title: "Containers are not told to run as root",
  area: "workloads",
  attack:
    "Without a user namespace, user 0 in a container is user 0 of the node, held only by what the container lacks. An attacker who breaks into a process of root may write every file of the container and uses each flaw of runtime and kernel with root's rights. Most escapes, such as those of runc, begin as root in the container.",
  severity: "medium",
  severityBecause: "it is half of most ways out of a container, though not one by itself",
  frameworks: {
    pss: ["restricted/runAsUser"],
    nsa: ["pod-security"],
    cis: ["5.2.7"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.1.2", "4.4.3"],
    pci: ["2.2.6"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "restricted", rule).map((broken) =>
      ruleBreach(broken, "restricted", rule, `${setterOf(broken)} asks for user 0, which is root`),
    ),
  fix: (workload, breach) => {
    const volumes = workload.spec.volumes?.some(
      (volume) => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined,
    );
    return edited(
      [
        setting(workload, breach.field, 65_532),
        setting(workload, `${breach.field.slice(0, -"runAsUser".length)}runAsNonRoot`, true),
      ],
      {
        ...(volumes === true && workload.spec.securityContext?.fsGroup === undefined
          ? {
              breaks: "files that it wrote to its volumes as root are not its own any more; an fsGroup gives them back",
            }
          : {}),
        mind: "an image whose files belong to root may fail to write them; take the user that the image's maker meant",
      },
    );
  },
});
