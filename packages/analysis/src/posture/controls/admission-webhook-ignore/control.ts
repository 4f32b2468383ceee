import { guardedBy, some, takesIn, webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const admissionWebhookIgnore = objectControl(kinds.validatingWebhook, {
  id: "admission-webhook-ignore",
  title: "Webhooks that guard security fail closed",
  area: "admission",
  attack:
    "A validating webhook refuses what a team's rules forbid, as long as it answers. With failurePolicy Ignore everything is admitted while it does not: during its update, under load, or because someone made it slow or evicted its pods. An attacker who may create pods waits for that minute or brings it about, and the rules are gone.",
  severity: "medium",
  severityBecause: "the guard can be made to look away, though not without work or luck",
  frameworks: { nsa: ["pod-security"], cis: ["5.2.1"], attack: ["T1610"], owasp: ["K04:2025"], pci: ["2.2.1"] },
  check: (configuration) =>
    webhooksOf(configuration).flatMap(({ webhook, field }) => {
      const about = guardedBy(webhook.rules);
      return webhook.failurePolicy !== "Ignore" || about.length === 0
        ? []
        : [
            {
              field: `${field}.failurePolicy`,
              key: webhook.name,
              says: `while webhook ${webhook.name} does not answer, any ${some(about)} are admitted`,
              passing: "Fail",
            },
          ];
    }),
  fix: (configuration, breach, view) => {
    const found = webhooksOf(configuration).find(({ webhook }) => webhook.name === breach.key)?.webhook;
    const home = found?.clientConfig.service?.namespace;
    const namespace = home === undefined ? undefined : view.get(kinds.namespace, "", home);
    const own = namespace !== undefined && takesIn(found?.namespaceSelector, namespace);
    return {
      kind: "edits",
      edits: [{ op: "set", object: refOf(configuration), field: breach.field, value: "Fail" }],
      ...(own
        ? {
            breaks: `its own pods in namespace ${home} could not start again while it is down: leave that namespace out in namespaceSelector`,
          }
        : {}),
      mind: "while it does not answer nothing of what it is asked about can be created: run it with several replicas and a PodDisruptionBudget",
    };
  },
});
