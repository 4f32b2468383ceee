import { webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Control } from "../../control.ts";

/** What tells an operator to fill the bundle in. */
const filledIn = /^(cert-manager\.io\/inject-|service\.beta\.openshift\.io\/inject-cabundle)/;

export const admissionWebhookCa: Control = {
  id: "admission-webhook-ca",
  title: "Webhooks of the cluster name the authority of their certificate",
  area: "admission",
  attack:
    "The API server trusts a webhook by the certificate that its caBundle vouches for. Without one it falls back on the public authorities, which never sign names of cluster Services, so no call succeeds. With failurePolicy Ignore the webhook's rules then have never held, and nothing says so.",
  severity: "low",
  severityBecause: "it fails at the first call, which is seen unless the webhook ignores failures",
  frameworks: { nsa: ["control-plane"], owasp: ["K04:2025"], pci: ["4.2.1"] },
  kinds: [kinds.validatingWebhook, kinds.mutatingWebhook],
  check: (configuration) =>
    Object.keys(configuration.metadata.annotations ?? {}).some((name) => filledIn.test(name))
      ? []
      : webhooksOf(configuration).flatMap(({ webhook, field }) =>
          webhook.clientConfig.service === undefined || (webhook.clientConfig.caBundle ?? "") !== ""
            ? []
            : [
                {
                  field: `${field}.clientConfig.caBundle`,
                  key: webhook.name,
                  says: `webhook ${webhook.name} has no authority for its certificate, so calls to it ${webhook.failurePolicy === "Ignore" ? "fail and are passed over" : "fail"}`,
                },
              ],
        ),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "the authority's certificate is not among the objects",
    how: `put the PEM of the authority that signed the Service's certificate into ${breach.field}, in base64, or let cert-manager do it by its annotation`,
  }),
};
