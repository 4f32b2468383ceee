import { containerOf, edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadMountPropagation = workloadControl({
  id: "workload-mount-propagation",
  title: "Mounts made in containers do not reach the node",
  area: "workloads",
  attack:
    "A container's mounts are its own, so that it cannot put anything in the place of the node's files. With mountPropagation Bidirectional what it mounts appears on the node and in other pods too. An attacker in it lays directories of theirs over those that the node or its neighbours read and trust.",
  severity: "high",
  severityBecause: "it changes what the node and other pods see in their own directories",
  frameworks: { nsa: ["pod-security"], attack: ["T1611"], owasp: ["K01:2025"], nist: ["4.4.3", "4.5.5"] },
  check: ({ containers }) =>
    containers.flatMap(({ container, field, name }) =>
      (container.volumeMounts ?? []).flatMap((mount, i) =>
        mount.mountPropagation === "Bidirectional"
          ? [
              {
                field: `${field}.volumeMounts[${i}].mountPropagation`,
                key: `${name} ${mount.mountPath}`,
                says: `what container ${name} mounts under ${mount.mountPath} appears on the node`,
              },
            ]
          : [],
      ),
    ),
  fix: (workload, breach) =>
    edited([removing(workload, breach.field)], {
      breaks: `mounts that container ${containerOf(workload, breach)?.name ?? ""} makes for others do not reach them any more, which is the whole work of a storage driver`,
    }),
});
