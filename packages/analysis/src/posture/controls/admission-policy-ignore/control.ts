import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const admissionPolicyIgnore = objectControl(kinds.validatingPolicy, {
  id: "admission-policy-ignore",
  title: "Admission policies fail closed",
  area: "admission",
  attack:
    "An expression of an admission policy can fail: a field is absent, a list is longer than its cost allows, a parameter is gone. With failurePolicy Ignore the object is admitted then. Whoever wants past the rule writes an object that makes the expression fail instead of one that breaks it.",
  severity: "medium",
  severityBecause: "an object made for it gets past the rule, by whoever may create such objects",
  frameworks: { nsa: ["pod-security"], owasp: ["K04:2025"], pci: ["2.2.1"] },
  check: ({ spec }) =>
    spec?.failurePolicy === "Ignore"
      ? [{ field: "spec.failurePolicy", says: "an object on which its expressions fail is admitted", passing: "Fail" }]
      : [],
  fix: (policy, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: refOf(policy), field: breach.field, value: "Fail" }],
    mind: "objects on which an expression fails are refused from then on; guard optional fields with has()",
  }),
});
