import type { Ingress } from "@bulkhead/api";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Derivation } from "../../../snapshot/view.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

interface Claim {
  readonly ingress: Ingress;
  readonly namespace: string;
}

const classOf = ({ spec, metadata }: Ingress): string =>
  spec?.ingressClassName ?? metadata.annotations?.["kubernetes.io/ingress.class"] ?? "";

/** `CLASS HOST PATH` of what an Ingress claims, with the rule that does. */
const claimsOf = (ingress: Ingress): readonly { readonly key: string; readonly rule: number }[] =>
  (ingress.spec?.rules ?? []).flatMap(({ host, http }, rule) =>
    host === undefined || host === ""
      ? []
      : [...new Set((http?.paths ?? []).map(({ path }) => path ?? "/"))].map((path) => ({
          key: `${classOf(ingress)} ${host.toLowerCase()} ${path}`,
          rule,
        })),
  );

const age = ({ ingress, namespace }: Claim): string =>
  `${ingress.metadata.creationTimestamp ?? ""} ${namespace}/${ingress.metadata.name ?? ""}`;

/** Who claimed a host and path first. */
const firstClaims: Derivation<ReadonlyMap<string, Claim>> = {
  name: "first-claims",
  compute: (view) => {
    const first = new Map<string, Claim>();
    for (const ingress of view.list(kinds.ingress)) {
      const claim = { ingress, namespace: ingress.metadata.namespace ?? "" };
      for (const { key } of claimsOf(ingress)) {
        const before = first.get(key);
        if (before === undefined || age(claim) < age(before)) first.set(key, claim);
      }
    }
    return first;
  },
  same: (a, b) =>
    a.size === b.size &&
    [...a].every(([key, claim]) => b.get(key) !== undefined && age(claim) === age(b.get(key) ?? claim)),
};

export const networkIngressHostShared = objectControl(kinds.ingress, {
  id: "network-ingress-host-shared",
  title: "No host and path is claimed by two namespaces",
  area: "network",
  attack:
    "Ingress controllers serve host names for all namespaces, and nothing reserves a name for its owner. A second Ingress with the same host and path in another namespace competes for its visitors, and which one wins differs by controller and by age. Whoever may write an Ingress anywhere can so take over another team's site under its own name.",
  severity: "high",
  severityBecause:
    "visitors, cookies and credentials of one team's site may reach pods of another, with no right in its namespace",
  frameworks: { nsa: ["network-separation"], owasp: ["K06:2025", "K05:2025"], nist: ["4.3.3"] },
  check: (ingress, view) => {
    const claims = view.derive(firstClaims);
    return claimsOf(ingress).flatMap(({ key, rule }) => {
      const first = claims.get(key);
      if (first === undefined || first.namespace === (ingress.metadata.namespace ?? "")) return [];
      const [, host = "", path = ""] = key.split(" ");
      return [
        {
          field: `spec.rules[${rule}].host`,
          key: `${host} ${path}`,
          says: `${host}${path} is claimed by Ingress ${first.namespace}/${first.ingress.metadata.name} of another namespace already`,
          through: [refOf(first.ingress)],
        },
      ];
    });
  },
  fix: (_, breach) => ({
    kind: "by-hand",
    why: `whose name ${breach.key?.split(" ")[0] ?? "it"} is cannot be seen from the objects`,
    how: "agree on one owner, and remove the host from the other Ingress; reserve host names for namespaces by an admission policy",
  }),
});
