import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const exceptionBroad = objectControl(kinds.exception, {
  id: "exception-broad",
  title: "Exceptions name a workload or a value",
  area: "namespaces",
  attack:
    "An Exception for a whole namespace that names no value lifts its rule for every pod there and for whatever they ask. It was made for one workload with one need, and holds for all others and for those that come. Whoever may deploy in the namespace has the rule lifted for himself, with a reason that somebody else gave.",
  severity: "medium",
  severityBecause: "one security rule does not hold in the namespace at all while it lasts",
  frameworks: { nsa: ["authentication-authorization"], owasp: ["K04:2025"], pci: ["7.2.1"] },
  // For another Namespace than its own: of posture, for that one object.
  check: ({ metadata, spec }) =>
    spec?.subject?.kind === "Namespace" && spec.subject.name === metadata.namespace && (spec.value ?? "") === ""
      ? [
          {
            field: "spec.subject",
            says: `it lifts ${spec.decider} ${spec.rule} for all pods of namespace ${spec.subject.name}, whatever they ask`,
          },
        ]
      : [],
  fix: ({ metadata, spec }) => ({
    kind: "by-hand",
    why: "for which workload and value it was meant only its author knows",
    how: `make one for that workload with bulkhead allow (the refusal names the command), then: kubectl delete exceptions.security.bulkhead.dev ${metadata.name} -n ${metadata.namespace}; its reason was given by ${spec.author}`,
  }),
});
