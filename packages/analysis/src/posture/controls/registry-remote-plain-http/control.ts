import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const registryRemotePlainHttp = factControl(kinds.registryFacts, {
  id: "registry-remote-plain-http",
  title: "Other registries and mirrors are reached over TLS",
  area: "registry",
  attack:
    "Every image that comes from elsewhere passes the networks in between. Over plain HTTP anyone there reads the credentials and puts another manifest in place. The cluster runs it, and stores it as what was asked for.",
  severity: "high",
  severityBecause: "whoever sits on the way decides what runs",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525"],
    owasp: ["K07:2025"],
    nist: ["4.2.1"],
    pci: ["4.2.1"],
  },
  fact: "remotes",
  check: (remotes) =>
    remotes.flatMap(({ host, plainHttp, mirrorOf }, index) =>
      plainHttp && !/^(127\.|\[::1\]|localhost)(:|$|[0-9.])/.test(host)
        ? [
            {
              at: `[${index}].plainHttp`,
              key: host,
              says: `${host}${mirrorOf === undefined ? "" : `, a mirror of ${mirrorOf},`} is reached over plain HTTP`,
            },
          ]
        : [],
    ),
  passing: "false",
  how: "give it a certificate and take plainHttp out of registries.json (http:// out of hosts.toml of containerd)",
});
