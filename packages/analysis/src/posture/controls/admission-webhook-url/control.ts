import { webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Control } from "../../control.ts";

export const admissionWebhookUrl: Control = {
  id: "admission-webhook-url",
  title: "Webhooks are Services of the cluster",
  area: "admission",
  attack:
    "A webhook is sent the whole object that it is asked about, by the API server itself. One that is given by url sends them to a host outside of the cluster's Services, past its network policies, to wherever the name leads on that day. Whoever runs that host, or takes over its name and certificate, reads what is deployed and decides what is admitted.",
  severity: "medium",
  severityBecause: "what the cluster admits depends on a host that nobody here guards, reached over verified TLS",
  frameworks: { nsa: ["control-plane"], owasp: ["K04:2025"], nist: ["4.3.3"] },
  kinds: [kinds.validatingWebhook, kinds.mutatingWebhook],
  check: (configuration) =>
    webhooksOf(configuration).flatMap(({ webhook, field }) => {
      const { url } = webhook.clientConfig;
      const host = url === undefined ? undefined : URL.parse(url)?.hostname;
      if (url === undefined || host === "localhost" || host === "127.0.0.1" || host === "[::1]") return [];
      return [
        {
          field: `${field}.clientConfig.url`,
          key: webhook.name,
          says: `webhook ${webhook.name} is at ${host ?? "an address that cannot be read"}, which is no Service of the cluster`,
        },
      ];
    }),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "the webhook itself has to move into the cluster",
    how: `run it as a Deployment with a Service, and replace ${breach.field} by clientConfig.service with the caBundle that signs its certificate`,
  }),
};
