import type { KubeObject, Namespace } from "@bulkhead/api";
import { allowOf, imagesIn, policiesFor } from "../../../deciders/image-policies.ts";
import { systemNamespaces } from "../../../deciders/policy-rules.ts";
import { asksAbout, takesIn, webhooksOf } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { View } from "../../../snapshot/view.ts";
import { objectControl } from "../../control.ts";
import { workloadsIn } from "../../workload.ts";

/** Whether something else than Bulkhead may refuse pods of a namespace, by what rule nobody can see from here. */
const judgedElsewhere = (view: View, namespace: Namespace): boolean =>
  view
    .list(kinds.validatingWebhook)
    .some((configuration) =>
      webhooksOf(configuration).some(
        ({ webhook }) => asksAbout(webhook.rules, "", "pods") && takesIn(webhook.namespaceSelector, namespace),
      ),
    ) ||
  view
    .list(kinds.validatingPolicy)
    .some(
      ({ spec }) =>
        asksAbout(spec?.matchConstraints?.resourceRules, "", "pods") &&
        takesIn(spec?.matchConstraints?.namespaceSelector, namespace),
    );

export const admissionImagesUnjudged = objectControl(kinds.namespace, {
  id: "admission-images-unjudged",
  title: "Something decides which images may run",
  area: "admission",
  attack:
    "Without a rule about images a namespace runs whatever its manifests name, from any registry in the world. A mistyped name, a hijacked project or a changed line in a pipeline is enough to start an attacker's program with the workload's Secrets. Nothing in the cluster would refuse it, or even notice.",
  severity: "medium",
  severityBecause: "the attacker still needs a way into a manifest or a registry that it names",
  frameworks: {
    nsa: ["supply-chain"],
    cis: ["5.5.1"],
    attack: ["T1610", "T1204.003"],
    owasp: ["K04:2025"],
    nist: ["4.1.5"],
  },
  check: (namespace, view) => {
    const name = namespace.metadata.name ?? "";
    if (systemNamespaces.has(name) || workloadsIn(view, name).length === 0) return "not-applicable";
    if (policiesFor(view, namespace).length > 0) return [];
    // Where no policy speaks Bulkhead runs no image at all.
    if (view.settings.defaults === "bulkhead" || judgedElsewhere(view, namespace)) return [];
    return [
      {
        field: "metadata.name",
        says: `no ImageTrustPolicy, webhook or admission policy decides which images run in namespace ${name}`,
      },
    ];
  },
  fix: (namespace, _, view) => {
    const name = namespace.metadata.name ?? "";
    const allow = allowOf(imagesIn(view, [namespace]));
    if (view.list(kinds.imageTrustPolicy).length === 0)
      return {
        kind: "by-hand",
        why: "the cluster has no ImageTrustPolicy that could be followed, and perhaps nothing that would enforce one",
        how: `install an engine that judges images, with a rule that lets ${allow.map(({ registry }) => registry).join(", ")} pass; on Bulkhead: bulkhead allow image`,
      };
    const policy = {
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "ImageTrustPolicy",
      metadata: { name: `${name}-images` },
      spec: {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
        allow,
        mode: "Enforce",
      },
    };
    return {
      kind: "edits",
      edits: [{ op: "create", create: policy as KubeObject }],
      mind: "it lists the registries that the workloads use now; others are refused from then on",
    };
  },
});
