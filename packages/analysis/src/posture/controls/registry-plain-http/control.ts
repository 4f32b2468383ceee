import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

const isLoopback = (address: string): boolean => /^(127\.|\[?::1\]?(:|$)|localhost(:|$))/.test(address);

export const registryPlainHttp = factControl(kinds.registryFacts, {
  id: "registry-plain-http",
  title: "The registry is reached over TLS",
  area: "registry",
  attack:
    "Images are programs that the cluster runs. Over plain HTTP anyone on the way exchanges a manifest, or reads the credentials that pushed it. The cluster then runs the program of the attacker under a name that it trusts.",
  severity: "high",
  severityBecause: "whoever sits on the way decides what runs",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525"],
    owasp: ["K07:2025"],
    nist: ["4.2.1"],
    pci: ["4.2.1"],
  },
  fact: "tls",
  check: (tls, { object, facts }) => {
    if (tls) return undefined;
    const beyond = needed(facts.listens, object, "listens").value.filter((address) => !isLoopback(address));
    return beyond.length === 0 ? undefined : `it speaks plain HTTP on ${beyond.join(", ")}`;
  },
  passing: "true",
  how: "give it a certificate: a registry of Bulkhead has one from its first start; with docker-registry set http.tls",
});
