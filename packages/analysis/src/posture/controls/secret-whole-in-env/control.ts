import { secretUsesOf } from "../../../deciders/secret-uses.ts";
import { workloadControl } from "../../control.ts";

export const secretWholeInEnv = workloadControl({
  id: "secret-whole-in-env",
  title: "No Secret becomes variables as a whole",
  area: "secrets",
  attack:
    "With envFrom every key of a Secret becomes a variable, those that the program needs and those that it never asked for. Whoever may write the Secret adds a key such as LD_PRELOAD or NODE_OPTIONS and decides what the program loads at its next start. Whoever makes the program show its environment gets all keys at once.",
  severity: "medium",
  severityBecause:
    "the right to write one Secret becomes code in the container, and every key is given to every process",
  frameworks: { nsa: ["secrets"], cis: ["5.4.1"], attack: ["T1552.001"], owasp: ["K03:2025"], nist: ["4.1.4"] },
  check: (workload) =>
    secretUsesOf(workload)
      .filter(({ how }) => how === "all variables")
      .map(({ field, key, secret }) => ({
        field,
        key,
        says: `every key of Secret ${secret} is a variable of container ${key.split(" ")[0]}`,
      })),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "which keys the program uses cannot be seen from the objects",
    how: `remove ${breach.field.replace(/\.secretRef$/, "")} and mount the keys that the program needs as files, or name each in env`,
  }),
});
