import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { asksAbout, some, takesIn, webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { workloadsIn } from "../../workload.ts";

export const admissionWebhookNamespaces = objectControl(kinds.validatingWebhook, {
  id: "admission-webhook-namespaces",
  title: "Webhooks that judge pods leave out no namespace with workloads",
  area: "admission",
  attack:
    "A webhook's namespaceSelector says in which namespaces it is asked. Namespaces that it leaves out, by a label from the time when something had to be let through, hold workloads that no rule sees. Whoever may deploy there, or finds that out first, runs what is refused everywhere else.",
  severity: "medium",
  severityBecause: "the rules do not hold in the namespaces left out, while other levels of defence may",
  frameworks: { nsa: ["pod-security"], attack: ["T1610"], owasp: ["K04:2025"], pci: ["2.2.1"] },
  check: (configuration, view) =>
    webhooksOf(configuration).flatMap(({ webhook, field }) => {
      if (webhook.namespaceSelector === undefined || !asksAbout(webhook.rules, "", "pods")) return [];
      const home = webhook.clientConfig.service?.namespace;
      const out = view
        .list(kinds.namespace)
        .filter((namespace) => !takesIn(webhook.namespaceSelector, namespace))
        .map(({ metadata }) => metadata.name ?? "")
        .filter((name) => name !== home && !systemNamespaces.has(name) && workloadsIn(view, name).length > 0)
        .toSorted();
      return out.length === 0
        ? []
        : [
            {
              field: `${field}.namespaceSelector`,
              key: webhook.name,
              says: `webhook ${webhook.name} is not asked about pods of ${some(out)}`,
            },
          ];
    }),
  fix: (configuration, breach) => ({
    kind: "by-hand",
    why: "why those namespaces were left out, and what in them the rules would refuse, cannot be seen from the objects",
    how: `take them in again: remove the exempting label from the namespaces, or let ${breach.field} of ${configuration.metadata.name} leave out kubernetes.io/metadata.name by NotIn for the webhook's own namespace only`,
  }),
});
