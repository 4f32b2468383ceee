import type { UpdatePolicyStatus, UpdateRollout, WorkloadUpdate } from "@bulkhead/api";
import { formatImageReference, type ImageReference, patchedOrigin } from "@bulkhead/policy";
import { timestamp } from "../controller.ts";
import { type Choice, chooseCandidate } from "./candidate.ts";
import { containersOf } from "./containers.ts";
import { imageOf, lookAt } from "./look-around.ts";
import { type ImageUpdatePorts, pullerOf, type WorkloadImage } from "./ports.ts";
import type { ReadPolicy } from "./read-policy.ts";
import { toPutAside } from "./rollout-of.ts";
import { heldUp, type Kinded, metadataOf, replicasOf, templateIn } from "./workload.ts";

/** A container of a workload that a policy follows. */
export interface Followed {
  readonly workload: Kinded;
  readonly container: string;
  readonly image: WorkloadImage;
  /** As the template writes it. */
  readonly text: string;
  readonly running: string | undefined;
  /** An earlier policy by name that follows it too. */
  readonly otherPolicy: string | undefined;
}

export interface Evaluating {
  readonly policy: ReadPolicy;
  readonly ports: ImageUpdatePorts;
  readonly status: UpdatePolicyStatus;
  readonly followed: readonly Followed[];
  /** Whether a pod of a workload fell out of policy and is to be replaced. */
  readonly urgent: (workload: Kinded) => boolean;
  readonly now: number;
  /** Who else writes a workload; asked only for those that have a candidate. */
  readonly ownerOf: (workload: Kinded) => Promise<string | undefined>;
}

/** What was found, and the update that begins now. */
export interface Evaluated {
  readonly workloads: readonly WorkloadUpdate[];
  readonly seen: NonNullable<UpdatePolicyStatus["seen"]>;
  readonly rollout: UpdateRollout | undefined;
}

/** Digests that are remembered as seen. */
const mostSeen = 256;
const mostWorkloads = 256;

/** Asks about every followed container, and takes the first that is ready: a policy updates one at a time. */
export async function evaluate(evaluating: Evaluating): Promise<Evaluated> {
  const { status, now } = evaluating;
  const seen = new Map((status.seen ?? []).map(({ digest, at }) => [digest, at]));
  const offered = new Set<string>();
  const seenAt = (digest: string): number => {
    offered.add(digest);
    const at = seen.get(digest) ?? timestamp(now);
    seen.set(digest, at);
    return Date.parse(at);
  };
  const workloads: WorkloadUpdate[] = [];
  let rollout: UpdateRollout | undefined;
  for (const one of evaluating.followed.slice(0, mostWorkloads)) {
    const arrived = arrivedUpdate(one, status, now);
    if (arrived !== undefined && rollout === undefined) {
      rollout = arrived;
      workloads.push(shown(one, { reason: "RollingOut", message: `${arrived.to.tag} arrived` }, undefined));
      continue;
    }
    const { choice, owner } = await choose(evaluating, one, seenAt);
    if (choice.reason !== "Ready" || choice.candidate === undefined) {
      workloads.push(shown(one, choice, owner));
    } else if (rollout === undefined) {
      rollout = await begin(evaluating, one, choice.candidate);
      workloads.push(shown(one, { ...choice, reason: "RollingOut" }, owner));
    } else {
      const message = `${choice.candidate.tag} comes after ${rollout.kind}/${rollout.name}`;
      workloads.push(shown(one, { ...choice, reason: "AnotherRollout", message }, owner));
    }
  }
  return { workloads, seen: keptSeen(seen, offered), rollout };
}

const shown = (one: Followed, choice: Choice, owner: string | undefined): WorkloadUpdate => ({
  kind: one.workload.kind,
  name: metadataOf(one.workload).name ?? "",
  container: one.container,
  image: one.text,
  reason: choice.reason,
  message: choice.message.slice(0, 8_000),
  ...(choice.until === undefined ? {} : { until: timestamp(choice.until) }),
  ...(owner === undefined ? {} : { owner }),
  ...(choice.candidate === undefined ? {} : { candidate: choice.candidate }),
});

async function choose(
  evaluating: Evaluating,
  one: Followed,
  seenAt: (digest: string) => number,
): Promise<{ readonly choice: Choice; readonly owner: string | undefined }> {
  const { policy, ports, status, now } = evaluating;
  const { workload, image, running, otherPolicy } = one;
  const asked = otherPolicy === undefined && !policy.paused;
  const registry = asked
    ? await lookAt({ policy, ports, workload, container: one.container, image, running, status, seenAt })
    : ({ kind: "none-matches" } as const);
  const facts = {
    policy,
    now,
    image,
    running,
    registry,
    bad: status.bad ?? [],
    owner: undefined,
    otherPolicy,
    heldUp: heldUp(workload),
    urgent: evaluating.urgent(workload),
    replicas: replicasOf(workload),
  };
  const choice = chooseCandidate(facts);
  if (choice.candidate === undefined) return { choice, owner: undefined };
  const owner = await evaluating.ownerOf(workload);
  return { choice: owner === undefined ? choice : chooseCandidate({ ...facts, owner }), owner };
}

/** What another was asked to bring stands in the workload now: from here on it is watched. */
function arrivedUpdate(one: Followed, status: UpdatePolicyStatus, now: number): UpdateRollout | undefined {
  const { workload, container, image, text } = one;
  const { kind } = workload;
  const { name = "", uid = "" } = metadataOf(workload);
  const before = status.workloads?.find(
    (known) => known.kind === kind && known.name === name && known.container === container,
  );
  const to = before?.candidate;
  if (before === undefined || to === undefined || before.reason !== "OwnedByOther" || before.image === text) return;
  if (image.digest === undefined ? image.tag !== to.tag : image.digest !== to.digest) return;
  return {
    kind,
    name,
    uid,
    container,
    from: { image: before.image, restore: text },
    to,
    phase: "FirstReplica",
    since: timestamp(now),
    started: timestamp(now),
    observed: true,
  };
}

async function begin(
  { policy, ports, now }: Evaluating,
  one: Followed,
  to: UpdateRollout["to"],
): Promise<UpdateRollout> {
  const { workload, container, image, text, running } = one;
  const { name = "", uid = "" } = metadataOf(workload);
  const strategy = toPutAside(workload);
  return {
    kind: workload.kind,
    name,
    uid,
    container,
    from: { image: text, restore: await restored(policy, ports, image, text, running) },
    to,
    phase: "FirstReplica",
    since: timestamp(now),
    started: timestamp(now),
    ...(strategy === undefined ? {} : { strategy }),
  };
}

/**
 * What a rollback sets: the very text, so that the old pods stay, where it still means the digest that runs; else that
 * digest, since a tag that has moved would bring back the bad image.
 */
async function restored(
  policy: ReadPolicy,
  ports: ImageUpdatePorts,
  image: WorkloadImage,
  text: string,
  running: string | undefined,
): Promise<string> {
  if (image.digest !== undefined || running === undefined) return text;
  const pinned = formatImageReference({ ...image, digest: running });
  if (policy.order === undefined) return pinned;
  const now = await ports.tags.digest(image).catch(() => undefined);
  return now === running ? text : pinned;
}

function keptSeen(seen: ReadonlyMap<string, string>, offered: ReadonlySet<string>): Evaluated["seen"] {
  const entries = [...seen].map(([digest, at]) => ({ digest, at }));
  if (entries.length <= mostSeen) return entries;
  const rank = (digest: string): number => Number(offered.has(digest));
  return entries.sort((a, b) => rank(b.digest) - rank(a.digest) || (a.at < b.at ? 1 : -1)).slice(0, mostSeen);
}

/** The containers of a policy's workloads whose image it follows. `others`: policies that come before it by name. */
export function followedOf(
  policy: ReadPolicy,
  workloads: readonly Kinded[],
  others: readonly ReadPolicy[],
  running: (workload: Kinded, container: string) => string | undefined,
): Followed[] {
  const matches = (one: ReadPolicy, workload: Kinded, image: ImageReference): boolean =>
    (one.kinds?.has(workload.kind) ?? true) &&
    one.selector.matches(metadataOf(workload).labels) &&
    // A patched image is followed as what it was made of, wherever it lies.
    [image, patchedOrigin(image)].some((named) => named !== undefined && one.follows(named));
  return workloads
    .filter((one) => metadataOf(one).deletionTimestamp === undefined)
    .toSorted((a, b) => ((metadataOf(a).name ?? "") < (metadataOf(b).name ?? "") ? -1 : 1))
    .flatMap((workload) =>
      containersOf(templateIn(workload)?.spec).flatMap(({ name: container, image: text }): Followed[] => {
        const image = imageOf(text);
        if (image === undefined || text === undefined || !matches(policy, workload, image)) return [];
        const otherPolicy = others.find((other) => matches(other, workload, image))?.name;
        const puller = pullerOf(workload);
        const asked = puller === undefined ? image : { ...image, puller };
        return [{ workload, container, image: asked, text, running: running(workload, container), otherPolicy }];
      }),
    );
}
