import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const registryRemoteUnverified = factControl(kinds.registryFacts, {
  id: "registry-remote-unverified",
  title: "Other registries and mirrors are checked by their certificates",
  area: "registry",
  attack:
    "A mirror stands in for a registry whose images are trusted. Where its certificate is not checked, any machine that takes its address stands in for it. Images pulled by tag are then chosen by that machine.",
  severity: "high",
  severityBecause: "whoever sits on the way decides what a tag means",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525"],
    owasp: ["K07:2025"],
    nist: ["4.2.1"],
    pci: ["4.2.1"],
  },
  fact: "remotes",
  check: (remotes) =>
    remotes.flatMap(({ host, skipsVerification, plainHttp, mirrorOf }, index) =>
      skipsVerification && !plainHttp
        ? [
            {
              at: `[${index}].skipsVerification`,
              key: host,
              says: `the certificate of ${host}${mirrorOf === undefined ? "" : `, a mirror of ${mirrorOf},`} is not checked`,
            },
          ]
        : [],
    ),
  passing: "false",
  how: "give the authority that signed its certificate instead of skipping the check (ca in registries.json, or in hosts.toml of containerd)",
});
