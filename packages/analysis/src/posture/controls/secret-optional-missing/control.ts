import { secretUsesOf } from "../../../deciders/secret-uses.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { workloadControl } from "../../control.ts";

export const secretOptionalMissing = workloadControl({
  id: "secret-optional-missing",
  title: "Workloads run with the Secrets that they name",
  area: "secrets",
  attack:
    "A reference marked optional lets a container start although its Secret is not there. Programs without a password or key then often fall back to none: an open admin page, an unsigned session, a plain connection. Whoever may create Secrets in the namespace can also supply the missing one, with a value of his choice.",
  severity: "medium",
  severityBecause: "the workload runs now without the protection that the Secret was to give, unless it has another",
  frameworks: { nsa: ["secrets"], owasp: ["K03:2025"], pci: ["2.2.1"] },
  check: (workload, view) =>
    secretUsesOf(workload)
      .filter(({ optional, secret }) => optional && view.get(kinds.secret, workload.namespace, secret) === undefined)
      .map(({ field, key, secret }) => ({
        field,
        key,
        says: `it starts without Secret ${secret}, which is not there and is marked optional`,
      })),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "whether the program is safe without it cannot be seen from the objects",
    how: `create the Secret, or remove the reference ${breach.field} if nothing needs it; without optional the container waits for it`,
  }),
});
