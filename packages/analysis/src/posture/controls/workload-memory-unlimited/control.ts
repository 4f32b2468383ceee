import { withoutResource } from "../../../deciders/resources.ts";
import { containerOf, edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadMemoryUnlimited = workloadControl({
  id: "workload-memory-unlimited",
  title: "Every container's memory has a limit",
  area: "workloads",
  attack:
    "Memory of a node is one pool, and a container without a limit may take all of it. An attacker who makes the program grow, by large requests or by a program of their own such as a miner, drives the node out of memory. The kernel then kills other pods' processes, and the node stops answering.",
  severity: "medium",
  severityBecause: "one program brings down every pod of its node, but nothing is read or taken over",
  frameworks: {
    nsa: ["pod-security"],
    attack: ["T1499", "T1496"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    withoutResource(workload, view, "limits", "memory").map(({ name, field }) => ({
      field: `${field}.resources.limits.memory`,
      key: name,
      says: `container ${name} may take all memory of its node`,
    })),
  fix: (workload, breach) => {
    const asked = containerOf(workload, breach)?.container.resources?.requests?.["memory"];
    if (asked === undefined)
      return {
        kind: "by-hand",
        why: "how much memory it needs is neither declared nor known from the objects",
        how: "see its highest use over a week, and set the limit a third above that; a LimitRange can hold the others of the namespace",
      };
    return edited([setting(workload, breach.field, asked)], {
      mind: `the limit is what it asks for (${asked}); a container that used more than that is killed when it does so again, so see its highest use first`,
    });
  },
});
