import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilitySysPtrace = capabilityControl(
  {
    id: "workload-capability-sys-ptrace",
    title: "Containers do not add SYS_PTRACE",
    attack:
      "Processes that share a process namespace are kept apart by the rule that only an owner may look into another's memory. SYS_PTRACE lifts it: an attacker attaches to every process in sight, with hostPID to those of the node. Keys and tokens are read out of memory, and code is run inside programs that may do more.",
    severity: "high",
    severityBecause: "it takes over every process that the container can see, and with hostPID the node",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security"],
      cis: ["5.2.9"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3"],
    },
  },
  ["SYS_PTRACE"],
  "it may read and change the memory of every process that it sees",
  "debuggers and profilers that attach to other users' processes fail afterwards; use an ephemeral container for the hour that one is needed",
);
