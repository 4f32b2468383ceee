import { podSecurityBreaches } from "../../../deciders/workloads.ts";
import { workloadControl } from "../../control.ts";

export const workloadPrivileged = workloadControl({
  id: "workload-privileged",
  title: "Containers are not privileged",
  area: "workloads",
  attack:
    "A privileged container holds every capability, sees the host's devices and has no seccomp or AppArmor profile. Whoever runs code in it mounts the node's disk or loads code into its kernel with a line of shell. From there all pods of the node, their Secrets and the node's own identity are theirs.",
  severity: "critical",
  severityBecause: "one compromised process becomes the whole node without any further flaw",
  frameworks: {
    pss: ["baseline/privileged"],
    nsa: ["pod-security"],
    cis: ["5.2.2"],
    attack: ["T1611", "T1610"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
    pci: ["2.2.1", "6.3.3"],
  },
  check: (workload) =>
    podSecurityBreaches(workload, "baseline")
      .because.filter(({ rule }) => rule === "privileged")
      .flatMap((because) =>
        workload.containers
          .filter(({ container }) => container.securityContext?.privileged === true)
          .map(({ name, field }) => ({
            field: `${field}.securityContext.privileged`,
            key: name,
            says: `container ${name} is privileged: it holds all that root of the node holds`,
            passing: "false",
            because: [because],
          })),
      ),
  fix: (workload, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: workload.ref, field: breach.field, value: false }],
    mind: "what it does with devices, mounts or kernel modules stops; name the capability that it needs instead",
  }),
});
