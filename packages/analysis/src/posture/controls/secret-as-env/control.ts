import { secretUsesOf } from "../../../deciders/secret-uses.ts";
import { workloadControl } from "../../control.ts";

export const secretAsEnv = workloadControl({
  id: "secret-as-env",
  title: "Secrets reach programs as files, not as variables",
  area: "secrets",
  attack:
    "An environment variable is inherited by every child process, printed by debug pages and carried off by crash reports. An attacker who makes a program show its environment, or reads it from /proc, has every Secret that came that way. It also never changes while the container runs, so a rotated password stays in use and the old one must stay valid.",
  severity: "low",
  severityBecause: "it needs a further flaw that shows the environment, and many programs take secrets no other way",
  frameworks: { nsa: ["secrets"], cis: ["5.4.1"], attack: ["T1552.001"], owasp: ["K03:2025"], nist: ["4.1.4"] },
  check: (workload) =>
    secretUsesOf(workload)
      .filter(({ how }) => how === "variable")
      .map(({ field, key, secret }) => {
        const [container, variable] = key.split(" ");
        return { field, key, says: `variable ${variable} of container ${container} holds a value of Secret ${secret}` };
      }),
  fix: (_, breach) => {
    const [container, variable] = (breach.key ?? "").split(" ");
    return {
      kind: "by-hand",
      why: "whether the program can read it from a file cannot be seen from the objects",
      how: `mount the Secret as a read-only volume in container ${container} and give the program the file's path, often as ${variable}_FILE`,
    };
  },
});
