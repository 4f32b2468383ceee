import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const admissionBindingDangling = objectControl(kinds.validatingPolicyBinding, {
  id: "admission-binding-dangling",
  title: "Bindings of admission policies name a policy that exists",
  area: "admission",
  attack:
    "A binding puts a policy in force by its name. Where no policy has that name, by a slip or because it was deleted, the binding does nothing and no error says so. The rule that it was to enforce holds nowhere, and everyone who looks sees a binding with Deny.",
  severity: "medium",
  severityBecause: "a rule that was put in force does not hold, and looks as if it did",
  frameworks: { nsa: ["pod-security"], owasp: ["K04:2025"], pci: ["2.2.1"] },
  check: ({ spec }, view) =>
    view.get(kinds.validatingPolicy, "", spec?.policyName ?? "") === undefined
      ? [{ field: "spec.policyName", says: `there is no ValidatingAdmissionPolicy ${spec?.policyName}` }]
      : [],
  fix: (binding) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(binding) }],
    mind: `it does nothing as it is; if policy ${binding.spec?.policyName} should be there, bring that back instead`,
  }),
});
