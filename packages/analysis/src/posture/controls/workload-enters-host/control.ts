import { flagValue, startedBy } from "../../../deciders/command-line.ts";
import { hostPathsOf } from "../../../deciders/host-path.ts";
import { plainPath } from "../../../deciders/plain-path.ts";
import { workloadControl } from "../../control.ts";

export const workloadEntersHost = workloadControl({
  id: "workload-enters-host",
  title: "No container steps out onto its node",
  area: "workloads",
  attack:
    "nsenter into process 1 and chroot into the node's disk are how a program leaves its container on purpose. A manifest that does so runs its script as root of the node, where no limit of the container counts. Whoever may change that manifest, its image or what it downloads is root on every node that it runs on.",
  severity: "high",
  severityBecause: "the script runs as root of the node by design, and whoever changes it does so too",
  frameworks: { nsa: ["pod-security"], attack: ["T1611"], owasp: ["K01:2025"], nist: ["4.4.3", "4.5.5"] },
  check: (workload) => {
    const roots = hostPathsOf(workload)
      .filter(({ risk }) => risk === "root")
      .flatMap(({ mounts }) => mounts);
    return workload.containers.flatMap((placed) =>
      startedBy(placed).flatMap(({ entry, programs }) => {
        const found = programs.find(({ program, args }) => {
          if (program === "nsenter")
            return flagValue(args, "-t", "--target") === "1" || args.some((word) => /^-t1$|\/proc\/1\/ns\//.test(word));
          const into = plainPath(args.find((word) => word.startsWith("/")) ?? "/none");
          return (
            program === "chroot" &&
            roots.some(({ container, mountPath }) => container === placed && plainPath(mountPath) === into)
          );
        });
        return found === undefined
          ? []
          : [
              {
                field: found.field,
                key: `${placed.name} ${entry}`,
                says: `container ${placed.name} leaves for the node with ${found.program} in its ${entry}`,
              },
            ];
      }),
    );
  },
  fix: (workload) => ({
    kind: "by-hand",
    why: "what the script does to the node belongs to the node's own configuration",
    how: `move what ${workload.ref.name} sets up into the node's image or its configuration management; keep a namespace and an account of its own for what must stay, and accept it by an Exception that ends`,
  }),
});
