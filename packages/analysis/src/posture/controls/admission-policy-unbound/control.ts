import type { KubeObject } from "@bulkhead/api";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const admissionPolicyUnbound = objectControl(kinds.validatingPolicy, {
  id: "admission-policy-unbound",
  title: "Every ValidatingAdmissionPolicy is bound",
  area: "admission",
  attack:
    "A ValidatingAdmissionPolicy only describes a rule, and a binding puts it in force. Without one it is never asked. The team reads the policy and believes the rule to hold, while whoever may create the object does what it forbids.",
  severity: "medium",
  severityBecause: "a rule that was decided on does not hold anywhere",
  frameworks: { nsa: ["pod-security"], cis: ["5.2.1"], owasp: ["K04:2025"], pci: ["2.2.1"] },
  check: ({ metadata }, view) =>
    view.list(kinds.validatingPolicyBinding).some(({ spec }) => spec?.policyName === metadata.name)
      ? []
      : [{ field: "metadata.name", says: `no binding puts policy ${metadata.name} in force` }],
  fix: ({ metadata, spec }) => {
    if (spec?.paramKind !== undefined)
      return {
        kind: "by-hand",
        why: `the policy takes its limits from an object of kind ${spec.paramKind.kind}, which has to be chosen`,
        how: "create a ValidatingAdmissionPolicyBinding with paramRef and validationActions [Deny]",
      };
    const binding = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: metadata.name ?? "" },
      spec: { policyName: metadata.name ?? "", validationActions: ["Deny"] },
    };
    return {
      kind: "edits",
      edits: [{ op: "create", create: binding as KubeObject }],
      mind: "what breaks the rule is refused from then on; bind it with Audit first to see what that would be",
    };
  },
});
