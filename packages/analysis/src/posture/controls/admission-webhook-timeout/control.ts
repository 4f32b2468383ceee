import { webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Control } from "../../control.ts";
import { refOf } from "../../workload.ts";

/** Kubernetes' own default. */
const longest = 10;

export const admissionWebhookTimeout: Control = {
  id: "admission-webhook-timeout",
  title: "Webhooks are not waited for longer than ten seconds",
  area: "admission",
  attack:
    "The API server holds every request that a webhook is asked about until it answers or its time is up. Clients and controllers give up sooner than a long timeout, and requests pile up behind a slow webhook. Whoever can make it slow, with large objects or by starving its pods, stops deployments and the cluster's own repairs with it.",
  severity: "low",
  severityBecause: "it costs availability only, and only while the webhook is slow",
  frameworks: { nsa: ["control-plane"], attack: ["T1499"], owasp: ["K04:2025"] },
  kinds: [kinds.validatingWebhook, kinds.mutatingWebhook],
  check: (configuration) =>
    webhooksOf(configuration).flatMap(({ webhook, field }) =>
      (webhook.timeoutSeconds ?? longest) <= longest
        ? []
        : [
            {
              field: `${field}.timeoutSeconds`,
              key: webhook.name,
              says: `requests wait up to ${webhook.timeoutSeconds} seconds for webhook ${webhook.name}`,
              passing: String(longest),
            },
          ],
    ),
  fix: (configuration, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: refOf(configuration), field: breach.field, value: longest }],
    mind: "a webhook that needs longer fails from then on, as its failurePolicy says",
  }),
};
