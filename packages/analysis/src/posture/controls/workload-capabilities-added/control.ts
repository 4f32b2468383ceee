import { addedCapabilities, ownCapabilities, withoutCapabilities } from "../../../deciders/capability.ts";
import { listed } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

/** Those that give a whole node or network away have controls of their own. */
const wanted = (name: string): boolean => !ownCapabilities.has(name);

export const workloadCapabilitiesAdded = workloadControl({
  id: "workload-capabilities-added",
  title: "Containers add no capabilities beyond the runtime's default ones",
  area: "workloads",
  attack:
    "Capabilities are root's powers cut in pieces, and the default set leaves out those that act on the node. An added one, such as SYS_RAWIO or SYSLOG, hands a broken-into process a power over hardware, clock, logs or other users' processes. With it the next kernel or runtime flaw is easier to reach, or none is needed.",
  severity: "medium",
  severityBecause:
    "each widens what a compromised process may do to the node, though none of these is the node by itself",
  frameworks: {
    pss: ["baseline/capabilities_baseline"],
    nsa: ["pod-security"],
    cis: ["5.2.9"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    addedCapabilities(
      workload,
      view,
      "baseline",
      wanted,
      ({ name }, names) => `container ${name} adds ${listed(names)}, which the runtime's default set leaves out`,
    ),
  fix: (workload, breach) =>
    withoutCapabilities(workload, breach, wanted, "the calls that need the capability fail with EPERM afterwards"),
});
