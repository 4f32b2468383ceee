import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilityAll = capabilityControl(
  {
    id: "workload-capability-all",
    title: "Containers do not add all capabilities",
    attack:
      "Capabilities are root's powers cut in pieces, and a container is held by those it does not have. Adding ALL gives every piece back, among them mounting, loading kernel modules and tracing. A process taken over then leaves the container by any of a dozen known ways and owns the node.",
    severity: "critical",
    severityBecause: "it is a privileged container in all but name",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security"],
      cis: ["5.2.9"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3"],
    },
  },
  ["ALL"],
  "it holds every power of root",
  "name the few capabilities that it does need; the calls that need others fail with EPERM afterwards",
);
