import { edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

/** Names that programs trust without asking who answers. */
const trusted = [
  /^kubernetes(?:\.default(?:\.svc(?:\..*)?)?)?$/,
  /\.svc(?:\.cluster\.local)?$/,
  /\.cluster\.local$/,
  /^metadata\.google\.internal$/,
  /(?:^|\.)(?:docker\.io|docker\.com|ghcr\.io|quay\.io|gcr\.io|pkg\.dev|registry\.k8s\.io|mcr\.microsoft\.com)$/,
  /(?:^|\.)(?:amazonaws\.com|googleapis\.com|azure\.com|windows\.net|microsoftonline\.com|accounts\.google\.com)$/,
  /(?:^|\.)(?:github\.com|githubusercontent\.com|gitlab\.com|bitbucket\.org)$/,
  /(?:^|\.)(?:npmjs\.org|pypi\.org|pythonhosted\.org|crates\.io|rubygems\.org|proxy\.golang\.org|maven\.org|maven\.apache\.org)$/,
  /(?:^|\.)(?:deb\.debian\.org|security\.debian\.org|archive\.ubuntu\.com|security\.ubuntu\.com|dl-cdn\.alpinelinux\.org)$/,
];
/** A name sent to the pod itself, or nowhere, is shut or served by a proxy beside it. */
const itself = /^(?:127\.|0\.0\.0\.0$|::1?$)/;

export const workloadHostAliases = workloadControl({
  id: "workload-host-aliases",
  title: "No well-known name is sent elsewhere by a pod's hosts file",
  area: "workloads",
  attack:
    "Programs trust names such as the API server's, a registry's or a cloud's to lead where they always led. An entry in hostAliases sends such a name to an address of the writer's choosing, without any trace in DNS. Whoever slipped it into a manifest sees credentials and serves packages of their own wherever certificates are not checked.",
  severity: "medium",
  severityBecause: "it diverts without a trace in DNS, but certificates still stand in between where they are checked",
  frameworks: { nsa: ["pod-security"], owasp: ["K01:2025"], nist: ["4.4.2"] },
  check: ({ spec, prefix }) =>
    (spec.hostAliases ?? []).flatMap(({ ip, hostnames = [] }, i) =>
      hostnames.flatMap((host, j) =>
        !itself.test(ip) && trusted.some((name) => name.test(host.toLowerCase()))
          ? [
              {
                field: `${prefix}spec.hostAliases[${i}].hostnames[${j}]`,
                key: `${host} ${ip}`,
                says: `${host} is sent to ${ip}, whatever DNS says`,
              },
            ]
          : [],
      ),
    ),
  fix: (workload, breach) => {
    const alias = breach.field.slice(0, breach.field.indexOf(".hostnames"));
    const one = workload.spec.hostAliases?.find((_, i) => alias.endsWith(`hostAliases[${i}]`));
    return edited([removing(workload, (one?.hostnames ?? []).length > 1 ? breach.field : alias)], {
      breaks: `the pod reaches ${breach.key?.split(" ")[0] ?? ""} where DNS says, not at ${one?.ip ?? ""} any more`,
    });
  },
});
