import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiListensEverywhere = factControl(kinds.controlPlaneFacts, {
  id: "api-listens-everywhere",
  title: "The API server listens on named addresses only",
  area: "control-plane",
  attack:
    "The API server is what every attack on a cluster ends at. On 0.0.0.0 it answers in every network of the machine, also in those that were added later. A port that someone opens by mistake in a firewall is then a port of the API server.",
  severity: "low",
  severityBecause: "who reaches it still has to prove who he is",
  frameworks: {
    nsa: ["control-plane"],
    attack: ["T1133"],
    owasp: ["K06:2025"],
    nist: ["4.3.2"],
  },
  fact: "listens",
  check: (addresses) =>
    addresses
      .filter((address) => /^(0\.0\.0\.0|\[?::\]?|\*)(:\d+)?$/.test(address))
      .map((address) => ({
        key: address,
        says: `the API server listens on ${address}, which is every network of the machine`,
      })),
  how: "Bulkhead: bulkhead up --listen ADDRESS; Kubernetes: --bind-address with an address of the network that nodes and administrators use",
});
