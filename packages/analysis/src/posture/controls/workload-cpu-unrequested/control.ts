import { withoutResource } from "../../../deciders/resources.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadCpuUnrequested = workloadControl({
  id: "workload-cpu-unrequested",
  title: "Every container asks for its share of the processor",
  area: "workloads",
  attack:
    "The processor is shared by what containers ask for, and one that asks for nothing gets the smallest share. An attacker who keeps another pod of the node busy, with requests or with a miner, starves it. Health checks then fail, and what should defend or answer is restarted again and again.",
  severity: "low",
  severityBecause: "it only slows a program down, and only on a busy node",
  frameworks: { attack: ["T1499", "T1496"], owasp: ["K01:2025"], nist: ["4.4.3"] },
  check: (workload, view) =>
    withoutResource(workload, view, "requests", "cpu").map(({ name, field }) => ({
      field: `${field}.resources.requests.cpu`,
      key: name,
      says: `container ${name} is promised no share of the processor`,
      passing: "100m",
    })),
  fix: (workload, breach) =>
    edited([setting(workload, breach.field, "100m")], {
      mind: "a tenth of a core is a beginning: put what it really uses; the node must have that much left",
    }),
});
