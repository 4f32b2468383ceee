import type { Deployment, Pod, ReplicaSet, UpdatePolicyStatus } from "@bulkhead/api";
import { formatImageReference, type ImageReference, ImageReferenceError, parseImageReference } from "@bulkhead/policy";
import { messageOf } from "../failure-message.ts";
import type { CandidateFacts, Offer } from "./candidate.ts";
import { knownBad } from "./candidate.ts";
import type { ImageUpdatePorts } from "./ports.ts";
import type { ReadPolicy } from "./read-policy.ts";
import { imageIn } from "./rollout-plan.ts";
import { newerTags } from "./tag-order.ts";

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

/** The digest that a container of a Deployment runs: its template's, else its newest pods'. */
export function runningDigest(
  deployment: Deployment,
  container: string,
  replicaSets: readonly ReplicaSet[],
  pods: ReadonlyMap<string, readonly Pod[]>,
): string | undefined {
  const text = imageIn(deployment.spec?.template, container);
  const named = imageOf(text)?.digest;
  if (named !== undefined) return named;
  for (const one of replicaSets) {
    if (imageIn(one.spec?.template, container) !== text) continue;
    for (const pod of pods.get(one.metadata.uid ?? "") ?? []) {
      const admitted = imageOf(imageIn(pod, container))?.digest;
      const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
      const pulled = /@(sha256:[0-9a-f]{64})$/.exec(status?.imageID ?? "")?.[1];
      const digest = admitted ?? pulled;
      if (digest !== undefined) return digest;
    }
  }
  return undefined;
}

/** The Deployment as it would be with the candidate in its place. */
function withImage(deployment: Deployment, container: string, image: string): Deployment {
  const { spec } = deployment;
  const pod = spec?.template.spec;
  if (spec === undefined || pod === undefined) return deployment;
  const containers = pod.containers.map((one) => (one.name === container ? { ...one, image } : one));
  return { ...deployment, spec: { ...spec, template: { ...spec.template, spec: { ...pod, containers } } } };
}

export interface Looking {
  readonly policy: ReadPolicy;
  readonly ports: ImageUpdatePorts;
  readonly deployment: Deployment;
  readonly container: string;
  readonly image: ImageReference;
  readonly running: string | undefined;
  readonly status: UpdatePolicyStatus;
  readonly seenAt: (digest: string) => number;
}

async function tagsToLookAt(looking: Looking): Promise<readonly string[] | "unknown-current" | "none-matches"> {
  const { policy, ports, image, running } = looking;
  if (policy.order === undefined) {
    const { digestOf } = policy;
    return running === undefined || digestOf === undefined ? "unknown-current" : [digestOf];
  }
  const tags = await ports.tags.tags(image);
  const known = newerTags(policy.order, tags, image.tag);
  return known.kind === "newer" ? known.tags.slice(0, most) : known.kind;
}

/** Asks the registry and the judge about one container. What fails is a fact like any other. */
export async function lookAt(looking: Looking): Promise<CandidateFacts["registry"]> {
  const { policy, ports, image, running, status } = looking;
  if (!ports.judge.listed(looking.deployment, image)) return { kind: "unlisted" };
  try {
    const tags = await tagsToLookAt(looking);
    if (typeof tags === "string") return { kind: tags };
    const offers: Offer[] = [];
    for (const tag of tags) {
      const digest = await ports.tags.digest({ ...image, tag, digest: undefined });
      if (digest === running) continue;
      const firstSeen = looking.seenAt(digest);
      if (knownBad(status.bad ?? [], policy.retried, digest) !== undefined) {
        offers.push({ tag, digest, firstSeen });
        continue;
      }
      const candidate = { ...image, tag, digest };
      const judgement = await ports.judge.judge({
        namespace: looking.deployment.metadata.namespace ?? "",
        deployment: withImage(looking.deployment, looking.container, formatImageReference(candidate)),
        container: looking.container,
        candidate,
        running: running === undefined ? undefined : { ...image, digest: running },
      });
      offers.push({ tag, digest, firstSeen, judgement });
      // Older ones are only of use where this one is passed over.
      if (judgement.verdict === "pending") break;
    }
    return { kind: "offers", offers };
  } catch (error) {
    return { kind: "failed", says: messageOf(error) };
  }
}
