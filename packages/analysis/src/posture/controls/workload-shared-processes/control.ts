import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadSharedProcesses = workloadControl({
  id: "workload-shared-processes",
  title: "Containers of a pod do not see one another's processes",
  area: "workloads",
  attack:
    "Containers of a pod are kept apart so that a sidecar with a flaw is not the whole pod. With shareProcessNamespace each sees the others' processes, and one of the same user reads their environment, memory and files through /proc. An attacker in the weakest container takes keys and Secrets that were given to another.",
  severity: "low",
  severityBecause: "it takes a flaw in one container of the pod already and reaches no further than the pod",
  frameworks: { nsa: ["pod-security"], cis: ["5.6.3"], owasp: ["K01:2025"], nist: ["4.4.3"] },
  check: ({ spec, prefix, containers }) =>
    spec.shareProcessNamespace === true &&
    containers.filter(({ role }) => role === "main" || role === "sidecar").length > 1
      ? [
          {
            field: `${prefix}spec.shareProcessNamespace`,
            says: "its containers see one another's processes, and with the same user one another's files and memory",
            passing: "false",
          },
        ]
      : [],
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      mind: "a sidecar that signals the other container (a reloader) does not find it any more; let the program watch its files itself",
    }),
});
