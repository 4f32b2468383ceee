import { type Container, forbidden, type KubeObject, type Pod, type PodSpec, StatusError } from "@bulkhead/api";
import {
  evaluateImages,
  formatImageReference,
  type Identity,
  imagesOf,
  isListed,
  parseImageReference,
  signatureNeeds,
} from "@bulkhead/policy";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { type ImageResolver, type ImageSources, lookUpImages } from "./image-facts.ts";
import type { PullSecrets } from "./pull-secrets.ts";
import { reasonLine, refusalWithDoor } from "./refusal.ts";
import type { DeciderRules } from "./rule-cache.ts";
import { podOf } from "./template.ts";

/** Which generation of which template a pod belongs to; undefined: it is on its own, and its tags are asked for anew. */
export function templateGeneration(pod: Pod): string | undefined {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const hash = pod.metadata.labels?.["pod-template-hash"] ?? pod.metadata.labels?.["controller-revision-hash"] ?? "";
  return owner === undefined ? undefined : `${owner.uid} ${hash}`;
}

function* containersOf(spec: PodSpec): Iterable<Pick<Container, "image" | "name">> {
  yield* spec.containers;
  yield* spec.initContainers ?? [];
  yield* spec.ephemeralContainers ?? [];
}

const imagesIn = (object: KubeObject | undefined): ReadonlySet<string> =>
  new Set([...containersOf((object as Pod | undefined)?.spec ?? { containers: [] })].map((c) => c.image ?? ""));

const auditedKey = "imagetrustpolicies.security.bulkhead.dev/audited";
const mostAudited = 4096;

const judged = new Set(["", "ephemeralcontainers"]);

/**
 * Which images may run, by ImageTrustPolicy; templates are the workload judge's. A trusted tag is resolved once per template
 * generation and pinned in the pod, never in the template; where a policy asks who signed, that very digest is asked about.
 * `pins`: every tag, or, as upstream leaves tags to the node, only those of images that must be signed.
 */
export const imageTrust = (rules: DeciderRules, sources: ImageSources, pins: "all" | "signed"): AdmissionPlugin => ({
  name: "ImageTrust",
  mutate: async (request) => {
    const own = written(request);
    const { resolver } = sources;
    if (own === undefined || resolver === undefined || own.pod.spec === undefined) return;
    // What is not trusted is not asked for: a pod must not make the server call any registry it likes.
    for (const { image } of imagesOf(own.pod.spec)) if (!isListed(rules.images, image, own.identity)) return;
    const asked = (image: string): boolean =>
      pins === "all" || signatureNeeds(rules.images, image, own.identity) !== undefined;
    await pin(request, own.pod, resolver, sources.pullSecrets(request, own.pod.spec, false), asked);
  },
  validate: (request) => {
    const own = written(request);
    return own?.pod.spec === undefined ? undefined : judge(request, rules, sources, own.pod.spec, own.identity);
  },
});

async function judge(
  request: AdmissionRequest,
  rules: DeciderRules,
  sources: ImageSources,
  spec: PodSpec,
  identity: Identity,
): Promise<void> {
  const secrets = sources.pullSecrets(request, spec, false);
  const facts = await lookUpImages(rules.images, sources, spec, identity, secrets);
  const verdict = evaluateImages(rules.images, spec, identity, { stage: "admission", facts });
  // What policies in Audit mode would have refused, and what a broken glass let by.
  if (verdict.audited.length > 0)
    request.annotate(
      auditedKey,
      verdict.audited
        .map(({ says }) => says)
        .join("; ")
        .slice(0, mostAudited),
    );
  if (verdict.decision === "deny")
    throw refusalWithDoor("", "pods", request.name, "an image may not run here", verdict.because);
  // Held is accepted: its node starts it when it is scanned.
  if (verdict.decision !== "allow") for (const because of verdict.because) request.warn(reasonLine(because));
}

/** A pod whose images are new with this write. */
function written(request: AdmissionRequest): ReturnType<typeof podOf> {
  if (!judged.has(request.subresource)) return undefined;
  if (request.operation !== "CREATE" && request.operation !== "UPDATE") return undefined;
  const own = podOf(request);
  if (own === undefined || request.operation === "CREATE") return own;
  const before = imagesIn(request.old);
  return [...imagesIn(own.pod)].every((image) => before.has(image)) ? undefined : own;
}

async function pin(
  request: AdmissionRequest,
  pod: Pod,
  resolver: ImageResolver,
  secrets: PullSecrets,
  asked: (image: string) => boolean,
): Promise<void> {
  const generation = templateGeneration(pod);
  const before = imagesIn(request.old);
  for (const container of containersOf(pod.spec as PodSpec)) {
    const text = container.image ?? "";
    if (text === "" || before.has(text) || !asked(text)) continue;
    const image = parseImageReference(text);
    if (image.digest !== undefined) continue;
    let digest: string;
    try {
      digest = await resolver.resolve(formatImageReference(image), generation, secrets);
    } catch (error) {
      if (error instanceof StatusError) throw error;
      throw forbidden(
        "",
        "pods",
        request.name,
        `image ${JSON.stringify(text)} of container ${container.name} cannot be resolved to a digest: ${error instanceof Error ? error.message : "its registry does not answer"}`,
      );
    }
    container.image = formatImageReference({ ...image, digest });
  }
}
