import { addedCapabilities, refusedCapability, withoutCapabilities } from "../../../deciders/capability.ts";
import { listed } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

/** What baseline refuses other controls answer for. */
const wanted = (name: string): boolean => !refusedCapability("baseline", name);

export const workloadCapabilitiesRestricted = workloadControl({
  id: "workload-capabilities-restricted",
  title: "Containers add no capability but NET_BIND_SERVICE",
  area: "workloads",
  attack:
    "Even the capabilities of the runtime's default set change what a process may do to files and users, such as CHOWN, SETUID and DAC_OVERRIDE. A container that adds them back keeps that open to an attacker in it. They read and change files of other users in its volumes and become any user in the container.",
  severity: "low",
  severityBecause: "these count within the container and its volumes alone",
  frameworks: {
    pss: ["restricted/capabilities_restricted"],
    nsa: ["pod-security"],
    cis: ["5.2.9"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    addedCapabilities(
      workload,
      view,
      "restricted",
      wanted,
      ({ name }, names) => `container ${name} adds ${listed(names)} back, which the restricted level does without`,
    ),
  fix: (workload, breach) =>
    withoutCapabilities(
      workload,
      breach,
      (name) => refusedCapability("restricted", name) && wanted(name),
      "an image that starts as root, changes owners and then its user fails at start; run it as that user from the beginning, with fsGroup for its volumes",
    ),
});
