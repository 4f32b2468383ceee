import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const registryAnonymousPush = factControl(kinds.registryFacts, {
  id: "registry-anonymous-push",
  title: "Only known identities may push images",
  area: "registry",
  attack:
    "What lies in the registry is what the cluster runs next. Where anyone may push, a compromised pod or a guest in the network replaces the tag that a Deployment pulls. At its next restart the application is the program of the attacker, with all Secrets that it is given.",
  severity: "critical",
  severityBecause: "it is the right to decide what runs, given to everyone",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525"],
    owasp: ["K09:2025"],
    nist: ["4.2.3"],
    pci: ["7.2.1"],
  },
  fact: "anonymousPush",
  check: (allowed) => (allowed ? "anyone may push images to it" : undefined),
  passing: "false",
  how: "ask for a token or a password for pushes; the registry of Bulkhead takes tokens of the API server, whose rights are RBAC",
});
