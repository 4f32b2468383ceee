import { guardedBy, some, webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const admissionWebhookObjectExempt = objectControl(kinds.validatingWebhook, {
  id: "admission-webhook-object-exempt",
  title: "Nobody exempts his own objects from a webhook",
  area: "admission",
  attack:
    "An objectSelector decides by the labels of the object itself whether a webhook is asked about it. Those labels are written by whoever creates the object. He sets the one that exempts, or leaves out the one that asks, and the rules do not see him.",
  severity: "high",
  severityBecause: "one label in the attacker's own manifest turns the guard off",
  frameworks: { nsa: ["pod-security"], attack: ["T1610"], owasp: ["K04:2025"], pci: ["2.2.1"] },
  check: (configuration) =>
    webhooksOf(configuration).flatMap(({ webhook, field }) => {
      const { matchLabels = {}, matchExpressions = [] } = webhook.objectSelector ?? {};
      const keys = [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
      const about = guardedBy(webhook.rules);
      return keys.length === 0 || about.length === 0
        ? []
        : [
            {
              field: `${field}.objectSelector`,
              key: webhook.name,
              says: `whether webhook ${webhook.name} is asked about ${some(about)} depends on their own label ${keys.join(", ")}`,
            },
          ];
    }),
  fix: (configuration, breach) => ({
    kind: "edits",
    edits: [{ op: "remove", object: refOf(configuration), field: breach.field }],
    mind: "what was exempt is judged from then on; exempt namespaces by their name where that is needed",
  }),
});
