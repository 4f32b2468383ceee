import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilitySysModule = capabilityControl(
  {
    id: "workload-capability-sys-module",
    title: "Containers do not add SYS_MODULE",
    attack:
      "The kernel is shared by all containers of a node and trusts whatever is loaded into it. With SYS_MODULE a process in the container loads a module of the attacker's making. Code in the kernel reads all memory, hides itself and ends every isolation on the node.",
    severity: "critical",
    severityBecause: "loading one module is full control of the node, and it hides itself afterwards",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security"],
      cis: ["5.2.9"],
      attack: ["T1611", "T1068"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.2"],
    },
  },
  ["SYS_MODULE"],
  "it may load code into the node's kernel",
  "load the modules that it needs when the node starts (/etc/modules-load.d); the container finds them there",
);
