import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

/** Names that lead back inside, or to the machine itself. */
function leads(name: string, namespace: string): string | undefined {
  const host = name.toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost") || /^127\.|^::1$/.test(host))
    return "to the machine of whoever looks it up";
  if (/^169\.254\.|^metadata\.(google\.internal|goog)$/.test(host)) return "to the cloud's metadata service";
  const [, other] = /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(host) ?? [];
  if (other !== undefined && other !== namespace) return `to a Service of namespace ${other}`;
  return undefined;
}

export const networkExternalName = objectControl(kinds.service, {
  id: "network-external-name",
  title: "ExternalName Services lead out of the cluster",
  area: "network",
  attack:
    "A Service of type ExternalName is another name for a host, and an ingress controller or proxy follows it with its own rights. Pointed at localhost, at the metadata service or at a Service of another namespace, it makes that proxy reach for its author what his own pods may not reach. Admin ports of the proxy, cloud credentials and other teams' services are then published under his host name.",
  severity: "medium",
  severityBecause: "it borrows the network rights of whatever proxy follows the name, where one does",
  frameworks: { nsa: ["network-separation"], attack: ["T1528"], owasp: ["K05:2025"], nist: ["4.3.3"] },
  check: ({ metadata, spec }) => {
    if (spec?.type !== "ExternalName") return [];
    const where = leads(spec.externalName ?? "", metadata.namespace ?? "");
    return where === undefined
      ? []
      : [{ field: "spec.externalName", says: `the name ${spec.externalName} leads ${where}` }];
  },
  fix: ({ metadata, spec }) => ({
    kind: "by-hand",
    why: `what uses ${spec?.externalName ?? "the name"} through this Service cannot be seen from the objects`,
    how: `let clients call the other Service by its own name, where policies decide, and delete this one: kubectl delete service ${metadata.name} -n ${metadata.namespace}`,
  }),
});
