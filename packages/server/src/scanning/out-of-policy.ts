import type { Pod, RunningPodAction } from "@bulkhead/api";
import {
  type Because,
  evaluateImage,
  exceptionsFor,
  formatImageReference,
  type ImageFacts,
  ImageReferenceError,
  type ImageRuleSet,
  isolatedRule,
  parseImageReference,
  podIdentity,
  sparedFrom,
  strongerAction,
} from "@bulkhead/policy";
import { digestsOf } from "./running-images.ts";

/** An image of a pod with the digest that runs, or will. */
export interface PodImage {
  readonly digest: string;
  /** With the digest. */
  readonly image: string;
  /** `spec.containers[0].image` */
  readonly field: string;
}

/** What is to be done with a pod that is out of policy, and why. */
export interface Fallen {
  /** What is done: the policy's action, or Report where that cannot be, see `instead`. */
  readonly action: RunningPodAction;
  readonly because: readonly Because[];
  /** Why not what the policy asks. */
  readonly instead?: string;
  /** Digests that are out of policy. */
  readonly digests: readonly string[];
}

/** The images of a pod as far as their digests are known: from what was pulled, else from its spec. */
export function imagesOfPod(pod: Pod): readonly PodImage[] {
  const pulled = new Map<string, string>();
  for (const { name, digest } of digestsOf(pod)) pulled.set(name, digest);
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const found: PodImage[] = [];
  for (const [path, list] of [
    ["initContainers", initContainers],
    ["containers", containers],
    ["ephemeralContainers", ephemeralContainers],
  ] as const)
    for (const [i, { image = "" }] of list.entries()) {
      const named = referenceOf(image);
      const digest = named?.digest ?? pulled.get(image);
      if (named === undefined || digest === undefined) continue;
      found.push({ digest, image: formatImageReference({ ...named, digest }), field: `spec.${path}[${i}].image` });
    }
  return found;
}

function referenceOf(image: string) {
  try {
    return parseImageReference(image);
  } catch (error) {
    if (error instanceof ImageReferenceError) return undefined;
    throw error;
  }
}

/** Pure. Whether a running pod's images still meet the policies of its namespace; undefined: they do. */
export function judgeRunning(
  pod: Pod,
  images: readonly PodImage[],
  rules: ImageRuleSet,
  facts: ReadonlyMap<string, ImageFacts>,
): Fallen | undefined {
  const identity = podIdentity(pod);
  let wanted: RunningPodAction | undefined;
  const because: Because[] = [];
  const digests = new Set<string>();
  for (const { digest, image, field } of images) {
    const verdict = evaluateImage(rules, { image, identity, field, stage: "running", facts: facts.get(digest) });
    if (verdict.action === undefined) continue;
    wanted = strongerAction(wanted, verdict.action);
    digests.add(digest);
    because.push(...(verdict.fallen ?? []));
  }
  if (wanted === undefined) return undefined;
  const instead = wanted === "Report" ? undefined : whyNot(pod, wanted, rules);
  const fallen = { because, digests: [...digests] };
  return instead === undefined ? { ...fallen, action: wanted } : { ...fallen, action: "Report", instead };
}

function whyNot(pod: Pod, wanted: RunningPodAction, rules: ImageRuleSet): string | undefined {
  const namespace = pod.metadata.namespace ?? "";
  const spared = sparedFrom(namespace, wanted);
  if (spared !== undefined) return spared;
  if (wanted !== "Isolate") return undefined;
  if (pod.spec?.hostNetwork === true)
    return "Isolate is not carried out: a pod in the host's network cannot be isolated";
  const back = exceptionsFor(rules.exceptions, "network", podIdentity(pod)).find(
    ({ spec }) => spec.rule === isolatedRule,
  );
  return back === undefined
    ? undefined
    : `Isolate is not carried out: Exception ${namespace}/${back.metadata.name ?? ""} lets it back until ${back.spec.expires}`;
}
