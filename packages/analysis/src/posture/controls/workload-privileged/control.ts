import { startedBy } from "../../../deciders/command-line.ts";
import { ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { containerOf, edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";
import type { PlacedContainer } from "../../workload.ts";

/** Programs that do nothing without rights over the node: kernel parameters, mounts, modules, packet filters, runtimes. */
const privileged =
  /^(?:sysctl|mount|umount|modprobe|insmod|losetup|mkfs(?:\..+)?|ip6?tables(?:-.+)?|nft|nsenter|dockerd)$/;

/** The program that a container is seen to start and that needs the privilege. */
function needsPrivilege(placed: PlacedContainer | undefined): string | undefined {
  if (placed === undefined) return undefined;
  const started = startedBy(placed)
    .flatMap(({ programs }) => programs)
    .find(({ program, args }) => privileged.test(program) && (program !== "sysctl" || args.some(setsSysctl)));
  return started?.program ?? (/[:-]dind(?:[-@]|$)/.test(placed.container.image ?? "") ? "a Docker daemon" : undefined);
}

const setsSysctl = (word: string): boolean => word === "-w" || word === "--write" || word.includes("=");

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
    pci: ["2.2.1", "2.2.6"],
  },
  check: (workload, view) =>
    ruleBreaches(
      workload,
      view,
      "baseline",
      "privileged",
      (broken) => `${setterOf(broken)} is privileged: it holds all that root of the node holds`,
    ),
  fix: (workload, breach) => {
    const program = needsPrivilege(containerOf(workload, breach));
    return edited([setting(workload, breach.field, false)], {
      ...(program === undefined ? {} : { breaks: `it starts ${program}, which fails without that` }),
      mind: "what it does with devices, mounts or kernel modules stops; name the capability that it needs instead",
    });
  },
});
