import { parseImageReference, trusts } from "@bulkhead/policy";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

/** A name that nobody can have meant. */
const anyone = parseImageReference("registry.invalid/anyone/anything:1");

export const imagePolicyAnyRegistry = objectControl(kinds.imageTrustPolicy, {
  id: "image-policy-any-registry",
  title: "No image policy trusts every registry",
  area: "images",
  attack:
    "A policy that lists every registry and asks for no signature lets any image of the internet run. A mistyped name, a hijacked project or a pod that an attacker may create then brings in any program. The policy is there and is counted as protection, and holds nothing.",
  severity: "medium",
  severityBecause: "it needs someone who may create or mislead a pod",
  frameworks: {
    nsa: ["supply-chain"],
    cis: ["5.5.1"],
    attack: ["T1204.003", "T1610"],
    owasp: ["K04:2025"],
    nist: ["4.1.5"],
  },
  check: ({ spec }) => {
    // Whoever has to have signed it is not anyone.
    if ((spec.signatures ?? []).some(({ images }) => images === undefined || images.includes("*"))) return [];
    return (spec.allow ?? []).flatMap((entry, index) =>
      trusts(entry, anyone)
        ? [{ field: `spec.allow[${index}]`, key: "any", says: "it lets images of every registry run, signed or not" }]
        : [],
    );
  },
  fix: () => ({
    kind: "by-hand",
    why: "which registries to trust is a person's to say",
    how: "write the registries and repositories that are used instead of * (bulkhead image list shows them), or ask for signatures",
  }),
});
