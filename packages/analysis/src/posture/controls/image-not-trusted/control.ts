import { evaluateImage } from "@bulkhead/policy";
import { imagesIn } from "../../../deciders/image-content.ts";
import { namespaceImageRules } from "../../../deciders/image-rules.ts";
import { workloadControl } from "../../control.ts";

export const imageNotTrusted = workloadControl({
  id: "image-not-trusted",
  title: "Images come from where a policy trusts",
  area: "images",
  attack:
    "An ImageTrustPolicy says which registries and repositories may be run in which namespaces. An image from anywhere else was built by someone whom nobody chose: a mistyped name, a copy with something added, a link from a forum. It runs with the Secrets and the network of the application beside it.",
  severity: "high",
  severityBecause: "whoever owns that repository decides what runs",
  frameworks: {
    nsa: ["supply-chain"],
    cis: ["5.5.1"],
    attack: ["T1204.003", "T1610"],
    owasp: ["K04:2025"],
    nist: ["4.1.5"],
  },
  check: (workload, view) => {
    const rules = view.derive(namespaceImageRules, workload.namespace);
    // Elsewhere nobody said that policies of ours decide.
    if (rules.policies.length === 0 && view.settings.defaults === "kubernetes") return "not-applicable";
    return imagesIn(workload).flatMap(({ text, name, field }) => {
      const { identity } = workload.template;
      const { decision, because } = evaluateImage(rules, { image: text, identity, field, stage: "template" });
      return because
        .filter(({ rule }) => decision !== "allow" && (rule === "trust" || rule === "reference"))
        .map((one) => ({
          field,
          key: name,
          says: one.says,
          because: [one],
          ...(one.object === undefined ? {} : { through: [one.object] }),
        }));
    });
  },
  fix: (_workload, breach) => ({
    kind: "by-hand",
    why: "whether to trust where an image comes from is a person's to say",
    how: `take the image from a registry that is trusted, or trust its repository: an entry in spec.allow of an ImageTrustPolicy${breach.because?.[0]?.command === undefined ? "" : `, for a while ${breach.because[0].command}`}`,
  }),
});
