import type { CandidateJudge, CandidateQuestion, Judgement, TagSource } from "@bulkhead/controllers";
import type { RegistryClient } from "@bulkhead/images";
import { evaluateImage, formatImageReference, isListed, signatureNeeds, templateOf } from "@bulkhead/policy";
import { type SignatureLookup, signatureLookup } from "./image-signatures.ts";
import type { RuleView } from "./rule-views.ts";

/** What registries say of tags. */
export const registryTags = (connect: (registry: string) => Promise<RegistryClient>): TagSource => ({
  tags: async ({ registry, repository }) => (await connect(registry)).tags(repository),
  digest: async ({ registry, repository, tag }) =>
    (await (await connect(registry)).resolve(repository, tag ?? "latest")).digest,
});

export interface PolicyJudgeOptions {
  readonly rules: RuleView;
  readonly connect: (registry: string) => Promise<RegistryClient>;
  readonly now: () => number;
}

/** Judges candidates as the door will: registry and signatures. Of their content nothing is known as long as nothing scans them. */
export function policyJudge({ rules, connect, now }: PolicyJudgeOptions): CandidateJudge {
  const signatures: SignatureLookup = signatureLookup({ now });

  async function judge({ deployment, container, candidate }: CandidateQuestion): Promise<Judgement> {
    const template = templateOf(deployment);
    const { digest } = candidate;
    if (template === undefined || digest === undefined) return { verdict: "unknown", says: "it has no digest" };
    const { identity } = template;
    const image = formatImageReference(candidate);
    const { images } = rules.rules(now());
    const needs = signatureNeeds(images, image, identity);
    const field = `spec.template.spec.containers[${container}].image`;
    const facts = {
      digest,
      now: now(),
      ...(needs === undefined
        ? {}
        : {
            signatures: await signatures.factsOf({ ...candidate, digest }, needs, {
              key: "",
              connect: () => connect(candidate.registry),
            }),
          }),
    };
    const verdict = evaluateImage(images, { image, identity, field, facts });
    const [first] = verdict.because;
    const says = first?.says ?? "";
    switch (verdict.decision) {
      case "deny":
        return { verdict: first?.rule === "signature" || first?.rule === "attestation" ? "unsigned" : "refused", says };
      case "hold":
        return { verdict: "unknown", says };
      case "warn":
      case "allow":
        return {
          verdict: "unknown",
          says: "no scanner has looked at it (spec.unknown: Allow lets such updates go ahead)",
        };
    }
  }

  return {
    judge: (question) =>
      judge(question).catch((error: unknown) => ({
        verdict: "unknown",
        says: error instanceof Error ? error.message : String(error),
      })),
    listed: (deployment, image) => {
      const template = templateOf(deployment);
      return (
        template !== undefined && isListed(rules.rules(now()).images, formatImageReference(image), template.identity)
      );
    },
    onChange: (wake) => rules.onChange(wake),
  };
}
