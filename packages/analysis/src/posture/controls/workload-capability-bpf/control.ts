import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilityBpf = capabilityControl(
  {
    id: "workload-capability-bpf",
    title: "Containers do not add BPF or PERFMON",
    attack:
      "eBPF programs run in the kernel that all pods of a node share. With BPF and PERFMON a process in the container loads programs that watch system calls, network traffic and memory of every other container. Keys are read as they are used, and errors in the kernel's verifier have let such programs take the kernel over.",
    severity: "high",
    severityBecause: "it reads from every container of the node and stands one verifier flaw away from the kernel",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security"],
      cis: ["5.2.9"],
      attack: ["T1611", "T1068"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.2"],
    },
  },
  ["BPF", "PERFMON"],
  "it may run programs in the kernel that watch every container of the node",
  "tracing agents and eBPF network plugins stop; where one is wanted, keep it to its own namespace and account and accept it by an Exception",
);
