import type { UpdatePolicyStatus } from "@bulkhead/api";
import {
  formatImageReference,
  type ImageReference,
  ImageReferenceError,
  parseImageReference,
  patchedFrom,
  patchedOrigin,
} from "@bulkhead/policy";
import { messageOf } from "../failure-message.ts";
import type { CandidateFacts, Offer } from "./candidate.ts";
import { knownBad } from "./candidate.ts";
import { imageIn } from "./containers.ts";
import { ofImage } from "./pods-of-image.ts";
import type { ImageUpdatePorts, WorkloadImage } from "./ports.ts";
import type { ReadPolicy } from "./read-policy.ts";
import type { Belongings } from "./rollout-of.ts";
import { newerTags } from "./tag-order.ts";
import { type Kinded, metadataOf, templateIn, withImage } from "./workload.ts";

/** Tags above the current one that are looked at. */
const most = 8;

/** The image of a text; undefined where it names none. */
export function imageOf(text: string | undefined): ImageReference | undefined {
  try {
    return text === undefined ? undefined : parseImageReference(text);
  } catch (error) {
    if (error instanceof ImageReferenceError) return undefined;
    throw error;
  }
}

/** The digest that a container of a workload runs: its template's, else that of pods of this template. */
export function runningDigest(
  workload: Kinded,
  container: string,
  { replicaSets, pods }: Belongings,
): string | undefined {
  const text = imageIn(templateIn(workload), container);
  const named = imageOf(text)?.digest;
  if (named !== undefined) return named;
  const made =
    workload.kind === "Deployment"
      ? replicaSets
          .filter((one) => imageIn(one.spec?.template, container) === text)
          .map((one) => pods.get(one.metadata.uid ?? "") ?? [])
      : [...pods.values()].map((all) => all.filter(ofImage(container, text)));
  for (const list of made) {
    for (const pod of list) {
      const admitted = imageOf(imageIn(pod, container))?.digest;
      const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
      const status = statuses.find(({ name }) => name === container);
      const pulled = /@(sha256:[0-9a-f]{64})$/.exec(status?.imageID ?? "")?.[1];
      const digest = admitted ?? pulled;
      if (digest !== undefined) return digest;
    }
  }
  return undefined;
}

export interface Looking {
  readonly policy: ReadPolicy;
  readonly ports: ImageUpdatePorts;
  readonly workload: Kinded;
  readonly container: string;
  readonly image: WorkloadImage;
  readonly running: string | undefined;
  readonly status: UpdatePolicyStatus;
  readonly seenAt: (digest: string) => number;
}

async function tagsToLookAt(
  { policy, ports, running }: Looking,
  source: WorkloadImage,
): Promise<readonly string[] | "unknown-current" | "none-matches"> {
  if (policy.order === undefined) {
    const { digestOf } = policy;
    return running === undefined || digestOf === undefined ? "unknown-current" : [digestOf];
  }
  // Patched images are offered by whoever makes them, for what they were made of.
  const tags = (await ports.tags.tags(source)).filter((tag) => patchedFrom(tag) === undefined);
  const known = newerTags(policy.order, tags, source.tag);
  return known.kind === "newer" ? known.tags.slice(0, most) : known.kind;
}

/** Asks the registry and the judge about one container. What fails is a fact like any other. */
export async function lookAt(looking: Looking): Promise<CandidateFacts["registry"]> {
  const { policy, ports, image, running, status } = looking;
  // Newer tags are where what was patched came from, maybe at another registry.
  const source = { ...image, ...patchedOrigin(image) };
  for (const one of [image, source])
    if (!ports.judge.listed(looking.workload, one)) return { kind: "unlisted", image: one };
  try {
    const tags = await tagsToLookAt(looking, source);
    const offers: Offer[] = [];
    const base = patchedFrom(image.tag)?.base;
    for (const tag of typeof tags === "string" ? [] : tags) {
      const digest = await ports.tags.digest({ ...source, tag, digest: undefined });
      // What a patch was put on is not newer than the patched.
      if (digest === running || (base !== undefined && digest.startsWith(`sha256:${base}`))) continue;
      const firstSeen = looking.seenAt(digest);
      const candidate = { ...source, tag, digest };
      const offer = { tag, digest, firstSeen, image: candidate };
      if (knownBad(status.bad ?? [], policy.retried, digest) !== undefined) {
        offers.push(offer);
        continue;
      }
      const judgement = await ports.judge.judge({
        namespace: metadataOf(looking.workload).namespace ?? "",
        workload: withImage(looking.workload, looking.container, formatImageReference(candidate)),
        container: looking.container,
        candidate,
        running: running === undefined ? undefined : { ...image, digest: running },
      });
      offers.push({ ...offer, judgement });
      // Older ones are only of use where this one is passed over.
      if (judgement.verdict === "pending") break;
    }
    if (offers.some((offer) => mayBeTaken(offer, policy))) return { kind: "offers", offers };
    const patch = await patchOffer(looking);
    if (patch === undefined) return typeof tags === "string" ? { kind: tags } : { kind: "offers", offers };
    if ("pending" in patch)
      return typeof tags === "string" && !patch.pending ? { kind: tags } : { kind: "offers", offers, patch };
    return { kind: "offers", offers: [...offers, patch] };
  } catch (error) {
    return { kind: "failed", says: messageOf(error) };
  }
}

/** Whether an update to it is only a matter of time. */
const mayBeTaken = ({ judgement }: Offer, policy: ReadPolicy): boolean =>
  judgement?.verdict === "good" ||
  judgement?.verdict === "pending" ||
  (judgement?.verdict === "unknown" && policy.unknown === "Allow");

/** A patched image of what runs, judged like any other; undefined where the policy wants none. */
async function patchOffer(
  looking: Looking,
): Promise<Offer | { readonly pending: boolean; readonly says: string } | undefined> {
  const { policy, ports, workload, container, image, running, status } = looking;
  if (policy.patching === "Never" || ports.patches === undefined || running === undefined) return undefined;
  const offer = await ports.patches.offer({ workload, container, running: { ...image, digest: running } });
  if (offer.kind !== "offered") return { pending: offer.kind === "pending", says: offer.says };
  const { tag, digest } = offer.image;
  if (tag === undefined || digest === undefined || digest === running) return { pending: false, says: offer.says };
  const firstSeen = looking.seenAt(digest);
  const made = { tag, digest, firstSeen, image: offer.image, patch: offer.says };
  if (knownBad(status.bad ?? [], policy.retried, digest) !== undefined) return made;
  const judgement = await ports.judge.judge({
    namespace: metadataOf(workload).namespace ?? "",
    workload: withImage(workload, container, formatImageReference(offer.image)),
    container,
    candidate: offer.image,
    running: { ...image, digest: running },
  });
  return { ...made, judgement };
}
