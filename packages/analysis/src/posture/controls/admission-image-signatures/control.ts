import { enforcedIn, namespacesOf } from "../../../deciders/image-policies.ts";
import { some } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const admissionImageSignatures = objectControl(kinds.imageTrustPolicy, {
  id: "admission-image-signatures",
  title: "Images that run must be signed",
  area: "admission",
  attack:
    "A registry serves whatever was last pushed under a name. Whoever steals a push credential, or breaks into the registry, replaces an image by his own under the name that everyone trusts. Only a signature made where the image was built shows that it is not the one, and no policy here asks for it.",
  severity: "medium",
  severityBecause: "the attacker needs the right to push to a trusted registry first",
  frameworks: { nsa: ["supply-chain"], attack: ["T1525"], owasp: ["K04:2025"], nist: ["4.1.5"] },
  check: (policy, view) => {
    if ((policy.spec?.mode ?? "Enforce") !== "Enforce" || (policy.spec?.signatures ?? []).length > 0) return [];
    const open = namespacesOf(view, policy)
      .filter((namespace) => !enforcedIn(view, namespace, ({ spec }) => (spec?.signatures ?? []).length > 0))
      .map(({ metadata }) => metadata.name ?? "")
      .toSorted();
    return open.length === 0
      ? []
      : [{ field: "spec.signatures", says: `no policy asks for signatures in ${some(open)}` }];
  },
  fix: ({ metadata }) => ({
    kind: "by-hand",
    why: "who signs the images, and with which key or identity, cannot be seen from the objects",
    how: `sign images where they are built, add the public key or identity to spec.signatures of ImageTrustPolicy ${metadata.name}, and try it in a policy of mode Warn first`,
  }),
});
