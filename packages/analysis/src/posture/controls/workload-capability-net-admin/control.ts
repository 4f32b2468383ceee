import { capabilityControl } from "../../../deciders/capability.ts";

export const workloadCapabilityNetAdmin = capabilityControl(
  {
    id: "workload-capability-net-admin",
    title: "Containers do not add NET_ADMIN",
    attack:
      "NET_ADMIN rules over interfaces, routes and packet filters of the network namespace. An attacker in the container reroutes or rewrites the pod's traffic, reaches rarely tested kernel code through netfilter, and on the host's network changes the node's own firewall. Traffic is read or redirected, and kernel flaws of that kind have given away nodes again and again.",
    severity: "high",
    severityBecause:
      "it opens the part of the kernel with most privilege escalations and undoes filters inside the pod's network",
    frameworks: {
      pss: ["baseline/capabilities_baseline"],
      nsa: ["pod-security", "network-separation"],
      cis: ["5.2.9"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3"],
    },
  },
  ["NET_ADMIN"],
  "it may change interfaces, routes and packet filters",
  "a VPN, a network plugin or a service mesh's init container stops working without it; most of those can leave it to a node-wide agent",
);
