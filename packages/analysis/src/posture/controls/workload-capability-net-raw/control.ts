import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilityNetRaw = capabilityControl(
  {
    id: "workload-capability-net-raw",
    title: "Containers do not add NET_RAW",
    attack:
      "Pods trust that an address on their network belongs to whom it was given. With NET_RAW an attacker forges packets of any kind, answers ARP and DNS in others' names and listens to what passes. Traffic of neighbours is diverted or read, and their sessions are taken over.",
    severity: "medium",
    severityBecause: "it needs neighbours on the same network segment, and many network plugins drop forged packets",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security", "network-separation"],
      cis: ["5.2.8", "5.2.9"],
      owasp: ["K01:2025"],
      nist: ["4.4.3"],
    },
  },
  ["NET_RAW"],
  "it may forge packets",
  "ping works without it where net.ipv4.ping_group_range allows, which is a safe sysctl; packet capture does not",
);
