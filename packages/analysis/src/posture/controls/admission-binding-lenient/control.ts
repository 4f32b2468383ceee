import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const admissionBindingLenient = objectControl(kinds.validatingPolicyBinding, {
  id: "admission-binding-lenient",
  title: "Admission policies refuse what breaks them",
  area: "admission",
  attack:
    "A binding with only Warn or Audit lets through what its policy forbids and says so to whoever does it, or to a log. That is how a rule is tried out, and often how it stays. Whoever means to break it reads the warning and goes on.",
  severity: "low",
  severityBecause: "the rule is known and its breaches are recorded, but it stops nobody",
  frameworks: { nsa: ["pod-security"], owasp: ["K04:2025"], pci: ["2.2.1"] },
  check: ({ metadata, spec }, view) => {
    if ((spec?.validationActions ?? []).includes("Deny")) return [];
    const denied = view
      .list(kinds.validatingPolicyBinding)
      .some(
        (other) =>
          other.metadata.name !== metadata.name &&
          other.spec?.policyName === spec?.policyName &&
          other.spec?.validationActions.includes("Deny"),
      );
    if (denied) return [];
    return [
      {
        field: "spec.validationActions",
        says: `policy ${spec?.policyName} only leads to ${(spec?.validationActions ?? []).join(", ")}`,
        passing: "[Deny, Audit]",
      },
    ];
  },
  fix: (binding, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: refOf(binding), field: breach.field, value: ["Deny", "Audit"] }],
    mind: "what breaks the rule is refused from then on: look through the audit log for its warnings first",
  }),
});
