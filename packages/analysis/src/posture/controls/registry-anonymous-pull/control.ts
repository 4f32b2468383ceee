import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const registryAnonymousPull = factControl(kinds.registryFacts, {
  id: "registry-anonymous-pull",
  title: "Only known identities may pull images",
  area: "registry",
  attack:
    "Images hold the code of an organisation, its structure, and too often a password. Where anyone may pull, whoever reaches the port copies all of them and looks at leisure for flaws and keys. Nothing shows afterwards what was taken.",
  severity: "medium",
  severityBecause: "it shows code and what was left in images, to those who reach it",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1613", "T1552.001"],
    owasp: ["K09:2025"],
    nist: ["4.2.3"],
  },
  fact: "anonymousPull",
  check: (allowed) => (allowed ? "anyone may pull images from it" : undefined),
  passing: "false",
  how: "ask for a token for pulls too, and give workloads an imagePullSecret or the node its own credentials",
});
