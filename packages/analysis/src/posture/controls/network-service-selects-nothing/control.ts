import { selects } from "../../../deciders/network.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { workloadsIn } from "../../workload.ts";

export const networkServiceSelectsNothing = objectControl(kinds.service, {
  id: "network-service-selects-nothing",
  title: "Every Service stands before some workload",
  area: "network",
  attack:
    "A Service sends its clients to whatever pods wear its labels. One that selects nothing keeps its name, its address and its clients' trust. Whoever may create a pod in the namespace puts the labels on and receives what clients send there, passwords included.",
  severity: "low",
  severityBecause: "only someone who may create pods in the namespace can take it over, and clients must still call it",
  frameworks: { owasp: ["K05:2025"], nsa: ["network-separation"] },
  check: (service, view) => {
    const { namespace = "" } = service.metadata;
    if (Object.keys(service.spec?.selector ?? {}).length === 0 || service.spec?.type === "ExternalName") return [];
    const found =
      workloadsIn(view, namespace).some(({ template }) => selects(service, template.metadata.labels)) ||
      view.list(kinds.pod, namespace).some(({ metadata }) => selects(service, metadata.labels));
    if (found) return [];
    const labels = Object.entries(service.spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    return [{ field: "spec.selector", says: `nothing in namespace ${namespace} makes pods with ${labels.join(", ")}` }];
  },
  fix: ({ metadata }) => ({
    kind: "by-hand",
    why: "whether the labels are mistyped or the workload is gone cannot be seen from the objects",
    how: `correct spec.selector, or delete the Service: kubectl delete service ${metadata.name} -n ${metadata.namespace}`,
  }),
});
