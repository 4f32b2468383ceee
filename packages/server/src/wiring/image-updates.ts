import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CandidateJudge, CandidateQuestion, Judgement, TagSource } from "@bulkhead/controllers";
import type { InstancePaths } from "@bulkhead/host";
import { createRegistryClient, type RegistryClient } from "@bulkhead/images";
import { evaluateImage, formatImageReference, isListed, signatureNeeds, templateOf } from "@bulkhead/policy";
import { type SignatureLookup, signatureLookup } from "./image-signatures.ts";
import type { RuleView } from "./rule-views.ts";

/** Docker Hub's API answers under another name than its images carry. */
const apiHost = (registry: string): string => (registry === "docker.io" ? "registry-1.docker.io" : registry);

/** Clients of registries by name: the machine's own with tokens of `tokenFor`, others anonymously over TLS. */
export function updateRegistries(
  paths: InstancePaths,
  own: string,
  tokenFor: (scope: string) => Promise<string>,
): (registry: string) => Promise<RegistryClient> {
  const clients = new Map<string, Promise<RegistryClient>>();
  async function connect(registry: string): Promise<RegistryClient> {
    if (registry !== own) return createRegistryClient({ host: apiHost(registry), timeout: 10_000 });
    const ca = await readFile(join(paths.pki, "controllers", "server-ca.crt"), "utf8");
    return createRegistryClient({ host: own, ca, tokenFor, timeout: 10_000 });
  }
  return (registry) => {
    const there = clients.get(registry);
    if (there !== undefined) return there;
    const made = connect(registry);
    clients.set(registry, made);
    made.catch(() => clients.delete(registry));
    return made;
  };
}

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
