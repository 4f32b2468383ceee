import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilityDacReadSearch = capabilityControl(
  {
    id: "workload-capability-dac-read-search",
    title: "Containers do not add DAC_READ_SEARCH",
    attack:
      "File permissions keep a container's process to its own files, and its mount namespace to its own tree. DAC_READ_SEARCH skips the permissions and lets files be opened by handle instead of by path, which leaves the tree. An attacker walks the node's disk from any mounted file on it and reads keys, Secrets and password hashes.",
    severity: "high",
    severityBecause: "a published program reads any file of the node's disk with this one capability",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security"],
      cis: ["5.2.9"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3"],
    },
  },
  ["DAC_READ_SEARCH"],
  "it may read files of the node's disk by their handles",
  "give the files that it must read a group of their own and name it in supplementalGroups",
);
