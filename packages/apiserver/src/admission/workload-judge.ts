import type { Because } from "@bulkhead/policy";
import { evaluateImages, evaluatePodSecurity } from "@bulkhead/policy";
import type { AdmissionPlugin } from "./admission.ts";
import { withHostUsers } from "./pod-defaults.ts";
import { reasonLine } from "./refusal.ts";
import type { DeciderRules } from "./rule-cache.ts";
import { type Template, templateOf } from "./template.ts";

/** Every rule that pods of a template would break, by all deciders, with fields as they stand in the workload. */
export function judgeTemplate(rules: DeciderRules, template: Template): readonly Because[] {
  // Judged as its pods will be admitted: in a user namespace of their own unless they ask for the host's.
  const pod = { metadata: template.metadata, spec: withHostUsers(template.spec) };
  const security = evaluatePodSecurity(rules.podSecurity, { pod, identity: template.identity, mode: "enforce" });
  const images = evaluateImages(rules.images, template.spec, template.identity);
  return [
    ...(security.decision === "deny" ? security.because : []),
    ...(images.decision === "allow" ? [] : images.because),
  ].map((because) =>
    because.field === undefined ? because : { ...because, field: `${template.path}.${because.field}` },
  );
}

/** Judges a workload's template when it is written: all broken rules at once, where the writer looks. */
export const workloadJudge = (rules: DeciderRules): AdmissionPlugin => ({
  name: "WorkloadJudge",
  validate: (request) => {
    if (request.operation !== "CREATE" && request.operation !== "UPDATE") return;
    const template = templateOf(request);
    if (template === undefined) return;
    for (const because of judgeTemplate(rules, template)) request.warn(reasonLine(because));
  },
});
