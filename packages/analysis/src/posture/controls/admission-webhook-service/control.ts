import { webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Control } from "../../control.ts";

export const admissionWebhookService: Control = {
  id: "admission-webhook-service",
  title: "The Services of webhooks exist",
  area: "admission",
  attack:
    "A webhook whose Service is gone cannot answer. With failurePolicy Ignore its rules have stopped without a sound, and with Fail what it is asked about cannot be created until somebody, in a hurry, deletes the whole configuration. Either way a guard that everyone counts on is not there.",
  severity: "medium",
  severityBecause: "a rule that was put in force does not hold, or its failure is about to be worked around",
  frameworks: { nsa: ["control-plane"], owasp: ["K04:2025"] },
  kinds: [kinds.validatingWebhook, kinds.mutatingWebhook],
  check: (configuration, view) =>
    webhooksOf(configuration).flatMap(({ webhook, field }) => {
      const { service } = webhook.clientConfig;
      if (service === undefined || view.get(kinds.service, service.namespace, service.name) !== undefined) return [];
      return [
        {
          field: `${field}.clientConfig.service`,
          key: webhook.name,
          says: `webhook ${webhook.name} is to be asked at Service ${service.namespace}/${service.name}, which is not there`,
        },
      ];
    }),
  fix: (configuration) => ({
    kind: "by-hand",
    why: "whether the webhook was removed on purpose or broke cannot be seen from the objects",
    how: `install it again, or if it was removed delete what it left: kubectl delete ${configuration.kind.toLowerCase()} ${configuration.metadata.name}`,
  }),
};
