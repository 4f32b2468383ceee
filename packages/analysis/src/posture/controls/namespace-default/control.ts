import { workloadControl } from "../../control.ts";

export const namespaceDefault = workloadControl({
  id: "namespace-default",
  title: "No workload lives in the namespace default",
  area: "namespaces",
  attack:
    "Rights, quotas, network policies and Pod Security levels are given by namespace. The namespace default belongs to nobody, takes in whatever was applied without saying where, and so never gets rules that fit anyone. A compromised workload there shares Secrets, accounts and network with strangers.",
  severity: "low",
  severityBecause: "nothing is open by it alone, but no boundary can be drawn around what lives there",
  frameworks: { cis: ["5.6.4"], nsa: ["network-separation"], owasp: ["K04:2025"], nist: ["4.3.4"] },
  check: ({ namespace }) =>
    namespace === "default"
      ? [{ field: "metadata.namespace", says: "it lives in the namespace default beside whatever else was put there" }]
      : [],
  fix: ({ ref }) => ({
    kind: "by-hand",
    why: "an object cannot move, and what calls it by its name would lose it",
    how: `make a namespace for the application, apply ${ref.kind.toLowerCase()}/${ref.name} with its Services, ConfigMaps and Secrets there, let callers use NAME.NAMESPACE, and delete it here`,
  }),
});
