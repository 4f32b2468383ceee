import type { PodSpec, SignatureFacts } from "@bulkhead/api";
import {
  asksForContent,
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
import type { KnownImages } from "./known-images.ts";
import type { PullSecrets, pullSecretsFor } from "./pull-secrets.ts";

/** Asks registries: wired by the composition root, which knows them. */
export interface ImageResolver {
  /**
   * The digest (`sha256:…`) that an image's tag stands for now. `generation` names the template that the pod was made
   * from: one answer holds for all pods of one generation and its pull secrets, so that they run the same bytes. Rejects
   * when no registry answers.
   */
  resolve(image: string, generation: string | undefined, secrets: PullSecrets): Promise<string>;
  /**
   * Who signed an image that is written with its digest, as far as the needs ask; undefined: it has none. Absent: nobody
   * can be asked, so that whatever asks for a signature is refused.
   */
  signatures?(image: string, needs: SignatureNeeds, secrets: PullSecrets): Promise<SignatureFacts | undefined>;
  /** The one credential of these that images of a repository are pulled with, as a Docker configuration of nothing else. */
  credential?(secrets: PullSecrets, registry: string, repository: string): string | undefined;
}

/** Of no image is more known than its name. */
export const nothingKnown: ImageFactsLookup = () => undefined;
const asksNobody = (rules: ImageRuleSet): boolean => rules.policies.every(({ signing }) => signing.length === 0);

/** Who is asked about images. */
export interface ImageSources {
  /** Registries; absent: none can be asked. */
  readonly resolver?: ImageResolver | undefined;
  /** What was reported of an image's content. */
  readonly known: KnownImages;
  readonly pullSecrets: ReturnType<typeof pullSecretsFor>;
}

const listedImages = (rules: ImageRuleSet, spec: PodSpec, identity: Identity): readonly string[] =>
  [...new Set([...imagesOf(spec)].map(({ image }) => image))].filter((image) => isListed(rules, image, identity));

/** All that is known of an image by its digest; undefined: nothing. */
function factsOf(
  digest: string,
  signatures: SignatureFacts | undefined,
  content: ReturnType<KnownImages>,
): ImageFacts | undefined {
  if (signatures === undefined && content === undefined) return undefined;
  const now = signatures === undefined ? Date.now() : Date.parse(signatures.checkedAt);
  return { digest, now, ...content, ...(signatures === undefined ? {} : { signatures }) };
}

/** What registries and reports say of a pod's images, where policies ask more than their names. Images written with digests. */
export async function lookUpImages(
  rules: ImageRuleSet,
  { resolver, known }: ImageSources,
  spec: PodSpec,
  identity: Identity,
  secrets: PullSecrets,
): Promise<ImageFactsLookup> {
  const facts = new Map<string, ImageFacts>();
  const look = async (image: string): Promise<void> => {
    const { digest } = parseImageReference(image);
    if (digest === undefined) return;
    const needs = asksNobody(rules) ? undefined : signatureNeeds(rules, image, identity);
    const signatures = needs === undefined ? undefined : await resolver?.signatures?.(image, needs, secrets);
    const found = factsOf(digest, signatures, known(digest, identity.namespace));
    if (found !== undefined) facts.set(image, found);
  };
  await Promise.all(listedImages(rules, spec, identity).map(look));
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
  { resolver, known }: ImageSources,
  spec: PodSpec,
  identity: Identity,
  secrets: PullSecrets,
): Promise<ImageFactsLookup> | undefined {
  const asksContent = asksForContent(rules, identity.namespace);
  if (resolver === undefined || (!asksContent && (resolver.signatures === undefined || asksNobody(rules))))
    return undefined;
  const facts = new Map<string, ImageFacts>();
  const look = async (image: string): Promise<void> => {
    const needs = signatureNeeds(rules, image, identity);
    if (needs === undefined && !asksContent) return;
    const reference = parseImageReference(image);
    const digest = reference.digest ?? (await resolver.resolve(formatImageReference(reference), undefined, secrets));
    const signatures =
      needs === undefined
        ? undefined
        : await resolver.signatures?.(formatImageReference({ ...reference, digest }), needs, secrets);
    const found = factsOf(digest, signatures, known(digest, identity.namespace));
    if (found !== undefined) facts.set(image, found);
  };
  const asked = listedImages(rules, spec, identity).map(look);
  return within(patience, Promise.allSettled(asked)).then(() => (image) => facts.get(image));
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([impatience, work]);
  clearTimeout(timer);
}
