import type { PodSpec, SignatureFacts } from "@bulkhead/api";
import {
  formatImageReference,
  type Identity,
  type ImageFacts,
  type ImageFactsLookup,
  type ImageRuleSet,
  imagesOf,
  isListed,
  parseImageReference,
  type SignatureNeeds,
  signatureNeeds,
} from "@bulkhead/policy";

/** Asks registries: wired by the composition root, which knows them. */
export interface ImageResolver {
  /**
   * The digest (`sha256:…`) that an image's tag stands for now. `generation` names the template that the pod was made
   * from: one answer holds for all pods of one generation, so that they run the same bytes. Rejects when no registry
   * answers.
   */
  resolve(image: string, generation: string | undefined): Promise<string>;
  /**
   * Who signed an image that is written with its digest, as far as the needs ask; undefined: it has none. Absent: nobody
   * can be asked, so that whatever asks for a signature is refused.
   */
  signatures?(image: string, needs: SignatureNeeds): Promise<SignatureFacts | undefined>;
}

/** Of no image is more known than its name. */
export const nothingKnown: ImageFactsLookup = () => undefined;
const asksNobody = (rules: ImageRuleSet): boolean => rules.policies.every(({ signing }) => signing.length === 0);

/** What the registries say of a pod's images, where policies ask more than their names. Images written with digests. */
export async function lookUpImages(
  rules: ImageRuleSet,
  resolver: ImageResolver | undefined,
  spec: PodSpec,
  identity: Identity,
): Promise<ImageFactsLookup> {
  const signatures = resolver?.signatures?.bind(resolver);
  if (signatures === undefined || asksNobody(rules)) return nothingKnown;
  const facts = new Map<string, ImageFacts>();
  const asked = [...new Set([...imagesOf(spec)].map(({ image }) => image))];
  await Promise.all(
    asked.map(async (image) => {
      const needs = signatureNeeds(rules, image, identity);
      if (needs === undefined || !isListed(rules, image, identity)) return;
      const known = await signatures(image, needs);
      if (known !== undefined)
        facts.set(image, { digest: known.digest, signatures: known, now: Date.parse(known.checkedAt) });
    }),
  );
  return (image) => facts.get(image);
}

/** Milliseconds that the writer of a workload waits for registries: its pods are asked about again. */
const patience = 3000;

/**
 * The same for a template, whose tags are resolved for this question only. What is not known in time is left out; undefined:
 * no policy asks.
 */
export function lookUpTemplate(
  rules: ImageRuleSet,
  resolver: ImageResolver | undefined,
  spec: PodSpec,
  identity: Identity,
): Promise<ImageFactsLookup> | undefined {
  const signatures = resolver?.signatures?.bind(resolver);
  if (resolver === undefined || signatures === undefined || asksNobody(rules)) return undefined;
  const facts = new Map<string, ImageFacts>();
  const look = async (image: string): Promise<void> => {
    const needs = signatureNeeds(rules, image, identity);
    if (needs === undefined || !isListed(rules, image, identity)) return;
    const reference = parseImageReference(image);
    const digest = reference.digest ?? (await resolver.resolve(formatImageReference(reference), undefined));
    const known = await signatures(formatImageReference({ ...reference, digest }), needs);
    if (known !== undefined) facts.set(image, { digest, signatures: known, now: Date.parse(known.checkedAt) });
  };
  const images = [...new Set([...imagesOf(spec)].map(({ image }) => image))];
  return within(patience, Promise.allSettled(images.map(look))).then(() => (image) => facts.get(image));
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([impatience, work]);
  clearTimeout(timer);
}
