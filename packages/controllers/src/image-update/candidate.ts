import type { BadDigest, UpdateCandidate, UpdateReason } from "@bulkhead/api";
import { formatImageReference, type ImageReference, openness } from "@bulkhead/policy";
import type { Judgement } from "./ports.ts";
import type { ReadPolicy } from "./read-policy.ts";

/** A tag above what runs, with all that is known of it. */
export interface Offer {
  readonly tag: string;
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly image: ImageReference;
  /** What was patched. */
  readonly patch?: string;
  /** Absent: not asked, since it is known to be bad. */
  readonly judgement?: Judgement | undefined;
}

/** What the registry and the workload say at one moment. */
export interface CandidateFacts {
  readonly policy: ReadPolicy;
  readonly now: number;
  readonly image: ImageReference;
  /** The digest that runs; undefined where it cannot be known. */
  readonly running: string | undefined;
  readonly registry: /** The newest first; `patch`: what there is to say of a patched image that is not among them. */
    | {
        readonly kind: "offers";
        readonly offers: readonly Offer[];
        readonly patch?: { readonly pending: boolean; readonly says: string };
      }
    | { readonly kind: "unknown-current" | "none-matches" }
    | { readonly kind: "unlisted"; readonly image: ImageReference }
    | { readonly kind: "failed"; readonly says: string };
  readonly bad: readonly BadDigest[];
  /** Flux, Argo CD or Helm. */
  readonly owner: string | undefined;
  /** An earlier policy by name that follows the same container. */
  readonly otherPolicy: string | undefined;
  /** Why a new template would not reach its pods by itself; undefined: it would. */
  readonly heldUp: string | undefined;
  /** A pod of it fell out of policy and is to be replaced: what mends that does not wait for a window. */
  readonly urgent: boolean;
  readonly replicas: number;
}

export interface Choice {
  readonly reason: UpdateReason;
  readonly message: string;
  readonly until?: number;
  readonly candidate?: UpdateCandidate;
}

const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
const short = (digest: string): string => digest.slice(0, 19);

/** The entry that keeps a digest from being tried, unless somebody asked for a retry since. */
export const knownBad = (
  bad: readonly BadDigest[],
  retried: ReadonlyMap<string, number>,
  digest: string,
): BadDigest | undefined =>
  bad.find((entry) => entry.digest === digest && (retried.get(digest) ?? 0) <= Date.parse(entry.since));

/** What a candidate fixes and how much is left, in one line. */
export function fixSummary(judgement: Judgement): string {
  if (judgement.verdict !== "good") return judgement.says;
  const { fixes, findings } = judgement;
  const named = fixes.slice(0, 10).map((fix) => `${fix.id} (${fix.severity}, ${fix.package})`);
  const more = fixes.length > named.length ? ` and ${fixes.length - named.length} more` : "";
  const fixed = fixes.length === 0 ? "fixes no known finding" : `fixes ${named.join(", ")}${more}`;
  const before = findings.before === undefined ? "" : ` of ${findings.before} before`;
  return `${fixed}; ${findings.after} known findings left${before}`;
}

function candidateOf(offer: Offer): UpdateCandidate {
  const { tag, digest, judgement } = offer;
  return {
    image: formatImageReference(offer.image),
    tag,
    digest,
    firstSeen: stamp(offer.firstSeen),
    ...(judgement === undefined
      ? {}
      : { summary: `${offer.patch === undefined ? "" : `${offer.patch}: `}${fixSummary(judgement)}`.slice(0, 8_000) }),
    ...(judgement?.verdict !== "good"
      ? {}
      : {
          security: judgement.security,
          findings: judgement.findings,
          fixes: judgement.fixes.slice(0, 64),
        }),
  };
}

const isSecurity = ({ judgement }: Offer): boolean => judgement?.verdict === "good" && judgement.security;

const barred = { worse: "Worse", refused: "Refused", unsigned: "Unsigned" } as const;

/** Why this very image is not taken now; `next`: an older one above what runs may be, instead. */
function objection(facts: CandidateFacts, offer: Offer): (Choice & { readonly next: boolean }) | undefined {
  const { policy, now } = facts;
  const what = `${offer.tag} (${short(offer.digest)})`;
  const entry = knownBad(facts.bad, policy.retried, offer.digest);
  if (entry !== undefined)
    return {
      next: true,
      reason: "KnownBad",
      message: `${what} failed ${entry.workload} at ${entry.since}: ${entry.reason}`,
    };
  const judgement: Judgement = offer.judgement ?? { verdict: "unknown", says: "nobody has looked at it" };
  const candidate = candidateOf(offer);
  switch (judgement.verdict) {
    case "worse":
    case "refused":
    case "unsigned":
      return { next: true, reason: barred[judgement.verdict], message: `${what}: ${judgement.says}`, candidate };
    case "pending":
      return { next: false, reason: "ScanPending", message: `${what}: ${judgement.says}`, candidate };
    case "unknown":
      if (policy.unknown === "Allow") break;
      return { next: false, reason: "NotScanned", message: `${what}: ${judgement.says}`, candidate };
    case "good":
  }
  const until = offer.firstSeen + policy.cooldown;
  if (!isSecurity(offer) && until > now)
    return {
      next: true,
      reason: "CoolingDown",
      message: `${what} was first seen at ${stamp(offer.firstSeen)}; an ordinary update waits until ${stamp(until)}`,
      until,
      candidate,
    };
  return undefined;
}

/** What of the workload keeps a good candidate from being rolled out now. */
function hindrance(facts: CandidateFacts, offer: Offer): Omit<Choice, "candidate"> | undefined {
  const { policy, now, owner } = facts;
  const what = `${offer.tag} (${short(offer.digest)})`;
  if (policy.approval === "Required" && !policy.approved.has(offer.digest))
    return { reason: "ApprovalWanted", message: `${what} waits for a person: bulkhead update apply ${policy.name}` };
  if (owner !== undefined)
    return {
      reason: "OwnedByOther",
      message: `${owner} writes this workload: ${what} is for its source to bring (bulkhead update plan -o git-patch)`,
    };
  if (facts.heldUp !== undefined)
    return {
      reason: "WorkloadPaused",
      message: `nothing would roll out: ${facts.heldUp}; ${what} waits until that is over`,
    };
  if (facts.replicas === 0)
    return { reason: "ScaledToZero", message: `nothing runs that could prove ${what}; it waits until something does` };
  if (facts.urgent && offer.judgement?.verdict === "good" && offer.judgement.security) return undefined;
  // What mends something grave waits for nobody's working hours.
  if (isSecurity(offer)) return undefined;
  const door = openness(policy.windows, now);
  if (door.open) return undefined;
  const until = door.until;
  const when = until === undefined ? "" : ` until ${stamp(until)}`;
  return {
    reason: "OutsideWindow",
    message: `${what} waits for the policy's window${when}`,
    ...(until === undefined ? {} : { until }),
  };
}

/** Pure. What a container is to be updated to now, or the one reason why it is not. Nothing unknown passes. */
export function chooseCandidate(facts: CandidateFacts): Choice {
  const { policy, registry } = facts;
  if (facts.otherPolicy !== undefined)
    return { reason: "FollowedByAnother", message: `UpdatePolicy ${facts.otherPolicy} follows it already` };
  if (policy.paused) return { reason: "PolicyPaused", message: "the policy is paused" };
  switch (registry.kind) {
    case "failed":
      return { reason: "RegistryFailed", message: registry.says };
    case "unlisted":
      return {
        reason: "Refused",
        message: `no policy lets ${registry.image.registry}/${registry.image.repository} run, so that its registry is not asked`,
      };
    case "none-matches":
      return { reason: "NoMatchingTag", message: "the repository has no tag that the policy speaks of" };
    case "unknown-current":
      return {
        reason: "UnknownCurrent",
        message: `what runs (${formatImageReference(facts.image)}) has no place in the policy's order, so that nothing can be called newer: set it to a tag of that order once`,
      };
    case "offers":
  }
  const newer = registry.offers.filter(({ digest }) => digest !== facts.running);
  let first: Choice | undefined;
  for (const offer of newer) {
    const against = objection(facts, offer);
    if (against === undefined) {
      const candidate = candidateOf(offer);
      const held = hindrance(facts, offer);
      return held === undefined
        ? { reason: "Ready", message: candidate.summary ?? "", candidate }
        : { ...held, candidate };
    }
    const { next, ...choice } = against;
    first ??= choice;
    if (!next) return choice;
  }
  const { patch } = registry;
  if (first !== undefined) return first;
  if (patch?.pending === true) return { reason: "ScanPending", message: patch.says };
  return { reason: "UpToDate", message: patch === undefined ? "nothing newer" : `nothing newer; ${patch.says}` };
}
