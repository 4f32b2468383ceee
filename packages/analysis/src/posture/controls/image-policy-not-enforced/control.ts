import { evaluateImages, normaliseImages } from "@bulkhead/policy";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { exceptionRules } from "../../exceptions.ts";
import { refOf, workloadsIn } from "../../workload.ts";

export const imagePolicyNotEnforced = objectControl(kinds.imageTrustPolicy, {
  id: "image-policy-not-enforced",
  title: "Image policies are enforced",
  area: "images",
  attack:
    "A policy in the mode Warn or Audit says what it would have refused, and lets it run. Unsigned images, images from anywhere and images with known flaws start all the same. Warnings are read by few, and an attacker is not kept out by them.",
  severity: "medium",
  severityBecause: "it protects nothing until the mode changes, but someone has prepared it",
  frameworks: {
    nsa: ["supply-chain"],
    cis: ["5.5.1"],
    attack: ["T1204.003"],
    owasp: ["K04:2025"],
    nist: ["4.1.5"],
  },
  check: ({ spec }) => {
    const mode = spec.mode ?? "Enforce";
    if (mode === "Enforce") return [];
    const unsigned = (spec.signatures ?? []).length > 0 ? "unsigned images run" : "images that it does not trust run";
    return [{ field: "spec.mode", passing: "Enforce", says: `it is in the mode ${mode}, so ${unsigned} all the same` }];
  },
  fix: (policy, breach, view) => {
    const policies = view
      .list(kinds.imageTrustPolicy)
      .map((one) => (one === policy ? { ...policy, spec: { ...policy.spec, mode: "Enforce" as const } } : one));
    const rules = normaliseImages({
      policies,
      namespaces: view.list(kinds.namespace),
      exceptions: view.derive(exceptionRules),
    });
    const refused = workloadsIn(view).filter(
      ({ spec, template }) => evaluateImages(rules, spec, template.identity, { stage: "template" }).decision === "deny",
    );
    const [first] = refused;
    const more = refused.length > 1 ? ` and ${refused.length - 1} more` : "";
    return {
      kind: "edits",
      edits: [{ op: "set", object: refOf(policy), field: breach.field, value: "Enforce" }],
      ...(first === undefined
        ? {}
        : { breaks: `pods of ${first.ref.kind} ${first.namespace}/${first.ref.name}${more} could not start any more` }),
      mind: "signatures are only looked at when a pod is admitted: what runs unsigned today is refused at its next start",
    };
  },
});
