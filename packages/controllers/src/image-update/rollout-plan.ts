import type {
  Deployment,
  Event,
  Pod,
  ReplicaSet,
  UpdatePolicyStatus,
  UpdateRecord,
  UpdateRollout,
} from "@bulkhead/api";
import { parseImageReference } from "@bulkhead/policy";
import { timestamp } from "../controller.ts";
import { desiredReplicas, isRollingUpdate, maxSurge, maxUnavailable, wanted } from "../deployment/bounds.ts";
import { imageIn } from "./containers.ts";
import { findFault, isReady, living } from "./health.ts";

/** What is done to the Deployment, in this order. All can be done twice. */
export type RolloutStep =
  /** One pod more at a time and none less, and whether the rest waits. */
  | { readonly kind: "stage"; readonly strategy: boolean; readonly paused: boolean }
  | { readonly kind: "set-image"; readonly image: string }
  /** What the stages changed is put back. */
  | { readonly kind: "unstage"; readonly strategy: UpdateRollout["strategy"] };

/** What a rollout stands on. */
export interface RolloutFacts {
  readonly rollout: UpdateRollout;
  /** Undefined: it is gone. */
  readonly deployment: Deployment | undefined;
  /** The Deployment's own. */
  readonly replicaSets: readonly ReplicaSet[];
  /** By the ReplicaSet's UID. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  readonly warnings: readonly Event[];
  /** Milliseconds of health that are asked for: half with the first replica, half with all. */
  readonly soak: number;
  readonly now: number;
}

export interface RolloutPlan {
  readonly steps: readonly RolloutStep[];
  /** The rollout as it is now; undefined: it ended. */
  readonly next: UpdateRollout | undefined;
  /** How it ended. */
  readonly record?: UpdateRecord;
  /** The digest failed just now, for this reason. */
  readonly failed?: string;
  /** Milliseconds after which to look again though nothing happened. */
  readonly again?: number;
}

const look = 5_000;

/** Pure: one turn of a rollout. */
export function planRollout(facts: RolloutFacts): RolloutPlan {
  return new Turn(facts).plan();
}

class Turn {
  readonly #facts: RolloutFacts;
  readonly #rollout: UpdateRollout;

  constructor(facts: RolloutFacts) {
    this.#facts = facts;
    this.#rollout = facts.rollout;
  }

  plan(): RolloutPlan {
    const { deployment } = this.#facts;
    if (deployment === undefined || deployment.metadata.uid !== this.#rollout.uid)
      return this.#end("Superseded", "the workload is gone");
    const image = imageIn(deployment.spec?.template, this.#rollout.container);
    switch (this.#rollout.phase) {
      case "RollingBack":
        return this.#rollBack(deployment, image);
      case "Finishing":
        return this.#finish(deployment);
      case "FirstReplica":
      case "FirstSoak":
      case "Everywhere":
      case "LastSoak":
        if (image !== this.#rollout.to.image && image !== this.#rollout.from.image && !this.#observed(image))
          return this.#supersede(deployment, image);
        return this.#forward(deployment, image);
    }
  }

  /** An owner may write the same image in its own words. */
  #observed(image: string | undefined): boolean {
    return this.#rollout.observed === true && image !== undefined && image === this.#rollout.from.restore;
  }

  #forward(deployment: Deployment, image: string | undefined): RolloutPlan {
    const { phase, observed } = this.#rollout;
    if (observed !== true && image === this.#rollout.from.image) {
      // A copy may be behind; after the first stage the old image means that somebody put it back.
      if (phase !== "FirstReplica") return this.#supersede(deployment, image);
      return {
        steps: [
          { kind: "stage", strategy: this.#rollout.strategy !== undefined, paused: false },
          { kind: "set-image", image: this.#rollout.to.image },
        ],
        next: this.#rollout,
        again: look,
      };
    }
    const fault = this.#fault();
    if (fault !== undefined) return this.#fail(fault);
    switch (phase) {
      case "FirstReplica":
        return this.#firstReplica(deployment);
      case "FirstSoak":
        return this.#soak("Everywhere");
      case "Everywhere":
        return this.#everywhere(deployment);
      default:
        return this.#soak("Finishing");
    }
  }

  get #newReplicaSets(): readonly ReplicaSet[] {
    const { rollout, replicaSets, deployment } = this.#facts;
    const image = rollout.observed === true ? imageIn(deployment?.spec?.template, rollout.container) : rollout.to.image;
    return replicaSets.filter((one) => imageIn(one.spec?.template, rollout.container) === image);
  }

  get #newPods(): readonly Pod[] {
    return living(this.#newReplicaSets.flatMap((one) => this.#facts.pods.get(one.metadata.uid ?? "") ?? []));
  }

  #fault(): string | undefined {
    const { rollout, warnings } = this.#facts;
    const made = this.#newReplicaSets.map((one) => one.metadata.name ?? "");
    const soaking = rollout.phase === "FirstSoak" || rollout.phase === "LastSoak";
    return findFault({
      pods: this.#newPods,
      warnings,
      isOld: (pod) => !made.some((name) => pod.startsWith(`${name}-`)),
      container: rollout.container,
      soakingSince: soaking ? Date.parse(rollout.since) : undefined,
    });
  }

  #firstReplica(deployment: Deployment): RolloutPlan {
    const made = this.#newReplicaSets.some((one) => wanted(one) > 0);
    const staged = isRollingUpdate(deployment) && this.#rollout.observed !== true;
    if (this.#newPods.some(isReady) && (this.#available >= 1 || !staged))
      return this.#go(staged ? "FirstSoak" : "Everywhere", staged ? this.#pause(deployment, made) : []);
    const late = this.#late(deployment);
    if (late !== undefined) return this.#fail(late);
    return { steps: staged ? this.#pause(deployment, made) : [], next: this.#rollout, again: look };
  }

  /** The rest waits as soon as the first of the new pods is on its way. */
  #pause(deployment: Deployment, made: boolean): RolloutStep[] {
    if (!made || deployment.spec?.paused === true) return [];
    return [{ kind: "stage", strategy: this.#rollout.strategy !== undefined, paused: true }];
  }

  get #available(): number {
    return this.#newReplicaSets.reduce((sum, one) => sum + (one.status?.availableReplicas ?? 0), 0);
  }

  #everywhere(deployment: Deployment): RolloutPlan {
    const { status, metadata } = deployment;
    const replicas = desiredReplicas(deployment);
    const steps = this.#resumed(deployment);
    const settled = steps.length === 0 && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
    const complete =
      settled &&
      (status?.updatedReplicas ?? 0) === replicas &&
      (status?.replicas ?? 0) === replicas &&
      (status?.availableReplicas ?? 0) === replicas;
    if (complete) return this.#go("LastSoak", []);
    const stuck = status?.conditions?.find((one) => one.type === "Progressing");
    if (settled && stuck?.reason === "ProgressDeadlineExceeded")
      return this.#fail(`the rollout made no progress: ${stuck.message ?? ""}`);
    return { steps, next: this.#rollout, again: look };
  }

  /** Nothing of ours holds the Deployment back any more. */
  #resumed(deployment: Deployment): RolloutStep[] {
    if (deployment.spec?.paused !== true || this.#rollout.observed === true) return [];
    return [{ kind: "stage", strategy: this.#rollout.strategy !== undefined, paused: false }];
  }

  #soak(then: "Everywhere" | "Finishing"): RolloutPlan {
    const left = Date.parse(this.#rollout.since) + this.#facts.soak / 2 - this.#facts.now;
    if (left > 0) return { steps: [], next: this.#rollout, again: Math.min(left, look) };
    return this.#go(then, []);
  }

  /** No new pod is ready within the Deployment's own deadline; a paused one has none that its controller looks at. */
  #late(deployment: Deployment): string | undefined {
    const seconds = deployment.spec?.progressDeadlineSeconds ?? 600;
    if (this.#facts.now - Date.parse(this.#rollout.since) < seconds * 1_000) return undefined;
    const refused = this.#newReplicaSets
      .flatMap((one) => one.status?.conditions ?? [])
      .find((one) => one.type === "ReplicaFailure" && one.status === "True");
    const waiting = this.#newPods
      .flatMap((pod) => pod.status?.containerStatuses ?? [])
      .find((one) => one.state?.waiting?.reason !== undefined)?.state?.waiting;
    const why = refused?.message ?? (waiting === undefined ? undefined : `${waiting.reason}: ${waiting.message ?? ""}`);
    return `no new pod was ready within ${seconds} seconds${why === undefined ? "" : `: ${why}`}`;
  }

  #rollBack(deployment: Deployment, image: string | undefined): RolloutPlan {
    const { from, to } = this.#rollout;
    if (image === to.image)
      return {
        steps: [{ kind: "set-image", image: from.restore }, ...this.#resumed(deployment)],
        next: this.#rollout,
        again: look,
      };
    if (image !== from.restore) return this.#supersede(deployment, image);
    const resume = this.#resumed(deployment);
    const { status, metadata } = deployment;
    const replicas = desiredReplicas(deployment);
    const back =
      resume.length === 0 &&
      (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
      (status?.updatedReplicas ?? 0) === replicas &&
      (status?.replicas ?? 0) === replicas;
    if (!back) return { steps: resume, next: this.#rollout, again: look };
    const steps = this.#unstage(deployment);
    if (steps.length > 0) return { steps, next: this.#rollout, again: look };
    return this.#end("RolledBack", this.#rollout.failure ?? "");
  }

  #finish(deployment: Deployment): RolloutPlan {
    const steps = this.#unstage(deployment);
    if (steps.length > 0) return { steps, next: this.#rollout, again: look };
    return this.#end("Finished", this.#rollout.to.summary ?? "");
  }

  /** What is left to put back. */
  #unstage(deployment: Deployment): RolloutStep[] {
    const { strategy, observed } = this.#rollout;
    if (observed === true) return [];
    const { maxSurge: surge, maxUnavailable: unavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
    const own =
      strategy === undefined ||
      (String(surge) === strategy.maxSurge && String(unavailable) === strategy.maxUnavailable);
    return own && deployment.spec?.paused !== true ? [] : [{ kind: "unstage", strategy }];
  }

  /** Somebody set another image meanwhile: it is theirs from now on. */
  #supersede(deployment: Deployment, image: string | undefined): RolloutPlan {
    const ended = this.#end("Superseded", `somebody set ${image ?? "no image"} meanwhile`);
    return { ...ended, steps: this.#unstage(deployment) };
  }

  #go(phase: UpdateRollout["phase"], steps: readonly RolloutStep[]): RolloutPlan {
    return { steps, next: { ...this.#rollout, phase, since: timestamp(this.#facts.now) }, again: look };
  }

  #fail(reason: string): RolloutPlan {
    if (this.#rollout.observed === true) return { ...this.#end("Failed", reason), failed: reason };
    const rolledBack = this.#go("RollingBack", []);
    return {
      ...rolledBack,
      ...(rolledBack.next === undefined ? {} : { next: { ...rolledBack.next, failure: reason } }),
      failed: reason,
    };
  }

  #end(outcome: UpdateRecord["outcome"], message: string): RolloutPlan {
    const { kind, name, container, from, to, started } = this.#rollout;
    const record: UpdateRecord = {
      workload: `${kind}/${name}`,
      container,
      from: from.image,
      to: to.image,
      outcome,
      message,
      started,
      ended: timestamp(this.#facts.now),
      ...(to.security === undefined ? {} : { security: to.security }),
      ...(to.summary === undefined ? {} : { summary: to.summary }),
    };
    return { steps: [], next: undefined, record };
  }
}

/** The strategy that stages put aside: one pod more at a time is asked of whoever lets more, or fewer, at once. */
export function strategyToPutAside(deployment: Deployment): UpdateRollout["strategy"] {
  // Where no pod may be more than wanted (ports of the host), that holds for updates too.
  if (!isRollingUpdate(deployment) || maxSurge(deployment) === 0) return undefined;
  if (maxSurge(deployment) === 1 && maxUnavailable(deployment) === 0) return undefined;
  const { maxSurge: surge = "25%", maxUnavailable: unavailable = "25%" } =
    deployment.spec?.strategy?.rollingUpdate ?? {};
  return { maxSurge: String(surge), maxUnavailable: String(unavailable) };
}

/** Pure. The status with what a turn of its rollout brought. */
export function statusAfter(
  status: UpdatePolicyStatus,
  rollout: UpdateRollout,
  plan: RolloutPlan,
  now: number,
): UpdatePolicyStatus {
  const { rollout: _, ...rest } = status;
  const to = parseImageReference(rollout.to.image);
  const repository = `${to.registry}/${to.repository}`;
  const workload = `${rollout.kind}/${rollout.name}`;
  const bad =
    plan.failed === undefined
      ? status.bad
      : [
          {
            repository,
            digest: rollout.to.digest,
            tag: rollout.to.tag,
            reason: plan.failed,
            workload,
            since: timestamp(now),
          },
          ...(status.bad ?? []).filter(({ digest }) => digest !== rollout.to.digest),
        ].slice(0, 64);
  return {
    ...rest,
    ...(plan.next === undefined ? {} : { rollout: plan.next }),
    ...(bad === undefined ? {} : { bad }),
    ...(plan.record === undefined ? {} : { history: [plan.record, ...(status.history ?? [])].slice(0, 32) }),
  };
}
