import type { IngressBackend } from "@bulkhead/api";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const networkIngressBackend = objectControl(kinds.ingress, {
  id: "network-ingress-backend",
  title: "Ingress backends are Services that exist",
  area: "network",
  attack:
    "An Ingress publishes a host name and sends its traffic to a Service by name. Where that Service is gone the route stays, and whoever may create a Service of that name in the namespace becomes the published site. He answers under a trusted name with a valid certificate, and collects what users send.",
  severity: "low",
  severityBecause: "taking it over needs the right to create a Service in this namespace",
  frameworks: { nsa: ["network-separation"], owasp: ["K06:2025"] },
  check: ({ metadata, spec }, view) => {
    const backends: { field: string; backend: IngressBackend }[] = [
      ...(spec?.defaultBackend === undefined ? [] : [{ field: "spec.defaultBackend", backend: spec.defaultBackend }]),
      ...(spec?.rules ?? []).flatMap(({ http }, rule) =>
        (http?.paths ?? []).map(({ backend }, path) => ({
          field: `spec.rules[${rule}].http.paths[${path}].backend`,
          backend,
        })),
      ),
    ];
    const missing = new Map<string, string>();
    for (const { field, backend } of backends) {
      const name = backend.service?.name;
      if (name === undefined || missing.has(name)) continue;
      if (view.get(kinds.service, metadata.namespace ?? "", name) === undefined)
        missing.set(name, `${field}.service.name`);
    }
    return [...missing].map(([name, field]) => ({
      field,
      key: name,
      says: `there is no Service ${name} in namespace ${metadata.namespace}`,
    }));
  },
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "whether the Service is still to come, is named otherwise now or is gone for good cannot be seen from the objects",
    how: `correct ${breach.field}, or remove its path from the Ingress`,
  }),
});
