import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

/** SSH, and what nodes of a cluster are there for: API server, kubelet. */
const usual: ReadonlySet<number> = new Set([22, 6443, 10250]);

const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";

export const nodeListeners = factControl(kinds.nodeFacts, {
  id: "node-listeners",
  title: "Nothing listens to the network without need",
  area: "node",
  attack:
    "Every port that other machines reach is a program that they may attack. Debug servers, metrics and databases that were meant for the machine itself often listen on all addresses. An attacker who scans the network finds them and needs no step through the cluster.",
  severity: "medium",
  severityBecause: "what answers there, and whether a firewall stands in front, is not seen from here",
  frameworks: {
    attack: ["T1133", "T1190"],
    owasp: ["K06:2025"],
    nist: ["4.5.1"],
    pci: ["1.2.5", "2.2.4"],
  },
  fact: "listeners",
  check: (listeners) =>
    listeners
      .filter(({ address, port, meant }) => meant !== true && !isLoopback(address) && !usual.has(port))
      .map(({ protocol, address, port, program }) => ({
        key: `${protocol} ${address}:${port}`,
        says: `${program ?? "a program"} listens on ${address}:${port}`,
      })),
  how: "bind it to loopback or to the one address that needs it, or end it; what is meant to be reached gets an Exception that says by whom",
});
