import { asAdmitted } from "@bulkhead/policy";
import { edited, removing, setting } from "../../../deciders/workload-edits.ts";
import type { Breach } from "../../control.ts";
import { workloadControl } from "../../control.ts";

export const workloadRootGroup = workloadControl({
  id: "workload-root-group",
  title: "Pods do not ask for the root group",
  area: "workloads",
  attack:
    "Files of the system mostly belong to group 0, and many are readable or writable for it. A pod that asks for that group opens them to its processes though they are not root, in the image and on shared volumes alike. An attacker in it changes files that were meant to be out of reach, and on the node counts as a member of root's group.",
  severity: "low",
  severityBecause: "it opens only files that are open to the group, and needs a way to the node to matter there",
  frameworks: { nsa: ["pod-security"], cis: ["5.6.3"], owasp: ["K01:2025"], nist: ["4.1.2"] },
  check: ({ spec, prefix, containers }, view) => {
    if (asAdmitted(spec, view.settings.defaults).hostUsers === false) return [];
    const { runAsGroup, fsGroup, supplementalGroups = [] } = spec.securityContext ?? {};
    const at = `${prefix}spec.securityContext`;
    const breaches: Breach[] = [];
    if (runAsGroup === 0) breaches.push({ field: `${at}.runAsGroup`, says: "the pod's processes run as group 0" });
    if (fsGroup === 0) breaches.push({ field: `${at}.fsGroup`, says: "the pod's volumes are given to group 0" });
    for (const [i, group] of supplementalGroups.entries())
      if (group === 0)
        breaches.push({
          field: `${at}.supplementalGroups[${i}]`,
          key: "supplementalGroups",
          says: "group 0 is among the pod's groups",
        });
    for (const { name, field, container } of containers)
      if (container.securityContext?.runAsGroup === 0)
        breaches.push({
          field: `${field}.securityContext.runAsGroup`,
          key: name,
          says: `container ${name} runs as group 0`,
        });
    return breaches;
  },
  fix: (workload, breach) => {
    if (breach.key === "supplementalGroups" && breach.field.includes("supplementalGroups"))
      return edited([removing(workload, breach.field)], {
        mind: "files on its volumes that are open to group 0 alone are shut to it afterwards",
      });
    const { runAsUser = 65_532 } = workload.spec.securityContext ?? {};
    return edited([setting(workload, breach.field, runAsUser === 0 ? 65_532 : runAsUser)], {
      mind: "images made for any user keep their files writable for group 0 (OpenShift's way): such a one needs an emptyDir where it writes",
    });
  },
});
