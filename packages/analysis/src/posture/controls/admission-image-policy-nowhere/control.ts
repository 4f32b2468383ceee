import { policiesFor } from "../../../deciders/image-policies.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const admissionImagePolicyNowhere = objectControl(kinds.imageTrustPolicy, {
  id: "admission-image-policy-nowhere",
  title: "Every image policy speaks for some namespace",
  area: "admission",
  attack:
    "An ImageTrustPolicy holds in the namespaces that its selector finds by their labels. After a renamed label or a mistyped one it finds none, and its rules about registries, signatures and flaws hold nowhere. Other policies decide alone then, and images that this one was written to refuse start.",
  severity: "low",
  severityBecause: "a namespace that no other policy speaks for runs no image at all on Bulkhead",
  frameworks: { nsa: ["supply-chain"], owasp: ["K04:2025"], nist: ["4.1.5"] },
  check: (policy, view) => {
    const namespaces = view.list(kinds.namespace);
    // A folder of manifests may leave namespaces to the cluster.
    if (namespaces.length === 0) return [];
    const speaks = namespaces.some((namespace) =>
      policiesFor(view, namespace).some(({ ref }) => ref.name === policy.metadata.name),
    );
    return speaks ? [] : [{ field: "spec.namespaceSelector", says: "no namespace has the labels that it selects" }];
  },
  fix: ({ metadata }) => ({
    kind: "by-hand",
    why: "which namespaces it was meant for cannot be seen from the objects",
    how: `compare spec.namespaceSelector with the labels of the namespaces (kubectl get namespaces --show-labels) and correct it, or: kubectl delete imagetrustpolicy ${metadata.name}`,
  }),
});
