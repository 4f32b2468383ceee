import type { Event, UpdatePolicyStatus, UpdateRecord, UpdateRollout } from "@bulkhead/api";
import { parseImageReference } from "@bulkhead/policy";
import { timestamp } from "../controller.ts";
import { findFault } from "./health.ts";
import type { RolloutStep, WorkloadRollout } from "./workload-rollout.ts";

/** What a rollout stands on. */
export interface RolloutFacts {
  readonly rollout: UpdateRollout;
  /** Undefined: it is gone. */
  readonly workload: WorkloadRollout | undefined;
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
    const { workload } = this.#facts;
    if (workload === undefined || workload.uid !== this.#rollout.uid)
      return this.#end("Superseded", "the workload is gone");
    const { image } = workload;
    switch (this.#rollout.phase) {
      case "RollingBack":
        return this.#rollBack(workload);
      case "Finishing":
        return this.#finish(workload);
      case "FirstReplica":
      case "FirstSoak":
      case "Everywhere":
      case "LastSoak":
        if (image !== this.#rollout.to.image && image !== this.#rollout.from.image && !this.#observed(image))
          return this.#supersede(workload);
        return this.#forward(workload);
    }
  }

  /** An owner may write the same image in its own words. */
  #observed(image: string | undefined): boolean {
    return this.#rollout.observed === true && image !== undefined && image === this.#rollout.from.restore;
  }

  #forward(workload: WorkloadRollout): RolloutPlan {
    const { phase, observed } = this.#rollout;
    if (observed !== true && workload.image === this.#rollout.from.image) {
      // A copy may be behind; after the first stage the old image means that somebody put it back.
      if (phase !== "FirstReplica") return this.#supersede(workload);
      return {
        steps: [...workload.begin, { kind: "set-image", image: this.#rollout.to.image }],
        next: this.#rollout,
        again: look,
      };
    }
    const fault = this.#fault(workload);
    if (fault !== undefined) return this.#fail(fault);
    switch (phase) {
      case "FirstReplica":
        return this.#firstReplica(workload);
      case "FirstSoak":
        return this.#soak("Everywhere");
      case "Everywhere":
        return this.#everywhere(workload);
      default:
        return this.#soak("Finishing");
    }
  }

  #fault({ newPods, isOld }: WorkloadRollout): string | undefined {
    const { rollout, warnings } = this.#facts;
    const soaking = rollout.phase === "FirstSoak" || rollout.phase === "LastSoak";
    return findFault({
      pods: newPods,
      warnings,
      isOld,
      container: rollout.container,
      soakingSince: soaking ? Date.parse(rollout.since) : undefined,
    });
  }

  #firstReplica(workload: WorkloadRollout): RolloutPlan {
    const { staged, first, arrived } = workload;
    if (arrived) return this.#go(staged ? "FirstSoak" : "Everywhere", first);
    const late = this.#late(workload);
    if (late !== undefined) return this.#fail(late);
    return { steps: first, next: this.#rollout, again: look };
  }

  #everywhere({ resume, observed, available, stuck, later }: WorkloadRollout): RolloutPlan {
    const steps = resume;
    if (steps.length === 0 && available) return this.#go(later ? "Finishing" : "LastSoak", []);
    if (steps.length === 0 && observed && stuck !== undefined)
      return this.#fail(`the rollout made no progress: ${stuck}`);
    return { steps, next: this.#rollout, again: look };
  }

  #soak(then: "Everywhere" | "Finishing"): RolloutPlan {
    const left = Date.parse(this.#rollout.since) + this.#facts.soak / 2 - this.#facts.now;
    if (left > 0) return { steps: [], next: this.#rollout, again: Math.min(left, look) };
    return this.#go(then, []);
  }

  /** No new pod is ready within the workload's own deadline; one that is held up has none that its controller looks at. */
  #late({ patience, refused, newPods }: WorkloadRollout): string | undefined {
    if (this.#facts.now - Date.parse(this.#rollout.since) < patience * 1_000) return undefined;
    const waiting = newPods
      .flatMap((pod) => pod.status?.containerStatuses ?? [])
      .find((one) => one.state?.waiting?.reason !== undefined)?.state?.waiting;
    const why = refused ?? (waiting === undefined ? undefined : `${waiting.reason}: ${waiting.message ?? ""}`);
    return `no new pod was ready within ${patience} seconds${why === undefined ? "" : `: ${why}`}`;
  }

  #rollBack(workload: WorkloadRollout): RolloutPlan {
    const { from, to } = this.#rollout;
    const { image, resume, whole, back } = workload;
    if (image === to.image)
      return {
        steps: [{ kind: "set-image", image: from.restore }, ...resume],
        next: this.#rollout,
        again: look,
      };
    if (image !== from.restore) return this.#supersede(workload);
    const left = [...resume, ...back];
    if (left.length > 0 || !whole) return { steps: left, next: this.#rollout, again: look };
    if (workload.unstage.length > 0) return { steps: workload.unstage, next: this.#rollout, again: look };
    return this.#end("RolledBack", this.#rollout.failure ?? "");
  }

  #finish({ unstage, later }: WorkloadRollout): RolloutPlan {
    if (unstage.length > 0) return { steps: unstage, next: this.#rollout, again: look };
    const { summary = "" } = this.#rollout.to;
    const unproven = "its next run is the first that has it: nothing is proven yet";
    return this.#end("Finished", later ? [summary, unproven].filter((text) => text !== "").join("; ") : summary);
  }

  /** Somebody set another image meanwhile: it is theirs from now on. */
  #supersede({ image, unstage }: WorkloadRollout): RolloutPlan {
    const ended = this.#end("Superseded", `somebody set ${image ?? "no image"} meanwhile`);
    return { ...ended, steps: unstage };
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
