import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

const covers = (pattern: string, host: string): boolean =>
  pattern === host || (pattern.startsWith("*.") && host.slice(host.indexOf(".")) === pattern.slice(1));

export const networkIngressTls = objectControl(kinds.ingress, {
  id: "network-ingress-tls",
  title: "Ingresses serve their hosts over TLS",
  area: "network",
  attack:
    "What an Ingress publishes without TLS travels in clear between clients and the cluster. Whoever shares a network with a client, or sits anywhere on the way, reads passwords and session cookies and changes what is sent back. He then acts as the user, without touching the cluster at all.",
  severity: "medium",
  severityBecause: "an attacker needs a place on the way, and then has every session that passes",
  frameworks: {
    nsa: ["network-separation"],
    owasp: ["K06:2025"],
    pci: ["4.2.1"],
  },
  check: ({ spec, metadata }) => {
    const tls = spec?.tls ?? [];
    // TLS that ends before the controller is said in its annotations, if anywhere.
    if (
      Object.keys(metadata.annotations ?? {}).some((name) =>
        /certificate-arn|ssl-cert|managed-cert|pre-shared-cert/.test(name),
      )
    )
      return [];
    if (tls.some(({ hosts }) => (hosts ?? []).length === 0)) return [];
    const covered = tls.flatMap(({ hosts }) => hosts ?? []);
    const hosts = [...new Set((spec?.rules ?? []).map(({ host }) => host ?? ""))];
    if (hosts.length === 0 && covered.length === 0) hosts.push("");
    return hosts
      .filter((host) => host !== "" || tls.length === 0)
      .filter((host) => !covered.some((pattern) => covers(pattern, host)))
      .map((host) => ({
        field: "spec.tls",
        key: host === "" ? "*" : host,
        says: `${host === "" ? "every host name" : host} is served without TLS`,
      }));
  },
  fix: (ingress, breach) => {
    const host = breach.key ?? "*";
    if (host === "*")
      return {
        kind: "by-hand",
        why: "a certificate is for names, and the rule names no host",
        how: "name the host in the rule, then list it in spec.tls with the Secret that holds its certificate",
      };
    const name = `${host.replace(/^\*\./, "wildcard-").replaceAll(".", "-")}-tls`;
    return {
      kind: "edits",
      edits: [
        {
          op: "set",
          object: refOf(ingress),
          field: `spec.tls[${(ingress.spec?.tls ?? []).length}]`,
          value: { hosts: [host], secretName: name },
        },
      ],
      mind: `Secret ${ingress.metadata.namespace}/${name} of type kubernetes.io/tls must hold a certificate for ${host}; until then controllers answer with one of their own`,
    };
  },
});
