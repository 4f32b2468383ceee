import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from "@bulkhead/api";
import { canonical } from "../canonical.ts";
import { controllerReference } from "../owner.ts";
import {
  annotateNew,
  annotateReplicas,
  countAnnotation,
  desiredReplicasAnnotation,
  maxRevision,
  revisionAnnotation,
  revisionOf,
  setRevision,
} from "./annotations.ts";
import {
  active,
  byAge,
  desiredReplicas,
  isRollingUpdate,
  maxUnavailable,
  newReplicaSetSize,
  totalActual,
  totalAvailable,
  totalWanted,
  wanted,
} from "./bounds.ts";
import { condition, newCondition, setCondition } from "./conditions.ts";
import { proportionalSizes } from "./proportional-scaling.ts";
import { countStatus, deadlineCheck, hasProgressDeadline, isComplete, rolloutStatus, unlimited } from "./status.ts";
import { podTemplateHash, sameTemplate, templateHash } from "./template-hash.ts";

/** What a turn does to ReplicaSets, in this order. `events` are told on the Deployment once the step is done. */
export type DeploymentStep =
  | { readonly kind: "create"; readonly replicaSet: ReplicaSet; readonly events: readonly string[] }
  | { readonly kind: "update"; readonly replicaSet: ReplicaSet; readonly events: readonly string[] }
  | { readonly kind: "delete"; readonly replicaSet: ReplicaSet };

/** What a Deployment stands on: its claimed ReplicaSets, and their pods by the ReplicaSet's UID. */
export interface DeploymentFacts {
  readonly deployment: Deployment;
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  readonly now: number;
}

export interface DeploymentPlan {
  readonly steps: readonly DeploymentStep[];
  /** The Deployment with its new status and revision; undefined when nothing changes. */
  readonly status: Deployment | undefined;
  /** Milliseconds after which to look again though nothing happened. */
  readonly again: number | undefined;
}

/** Pure: one turn of a Deployment. Inputs are not changed. */
export function planDeployment(facts: DeploymentFacts): DeploymentPlan {
  return new Turn(facts).plan();
}

/** Works on drafts, so that each decision sees the ones before it. */
class Turn {
  readonly #now: number;
  readonly #original: Deployment;
  readonly #deployment: Deployment;
  readonly #pods: ReadonlyMap<string, readonly Pod[]>;
  #old: ReplicaSet[] = [];
  #new: ReplicaSet | undefined;
  /** In order; a ReplicaSet changed twice is written once, with both events. */
  readonly #steps: DeploymentStep[] = [];

  constructor(facts: DeploymentFacts) {
    this.#now = facts.now;
    this.#original = facts.deployment;
    this.#deployment = structuredClone(facts.deployment);
    this.#pods = facts.pods;
    const sorted = facts.replicaSets.map((one) => structuredClone(one)).sort(byAge);
    const template = this.#deployment.spec?.template;
    this.#new = sorted.find(
      (one) => template !== undefined && one.spec?.template !== undefined && sameTemplate(one.spec.template, template),
    );
    this.#old = sorted.filter((one) => one !== this.#new);
  }

  plan(): DeploymentPlan {
    const deployment = this.#deployment;
    if (deployment.metadata.deletionTimestamp !== undefined) {
      return this.#result(countStatus(deployment, this.#all(), this.#new, this.#now));
    }
    this.#markPaused();
    if (deployment.spec?.paused === true) {
      this.#syncNew(false);
      this.#scale();
      this.#cleanUp();
      return this.#result(countStatus(deployment, this.#all(), this.#new, this.#now));
    }
    if (this.#wasScaled()) {
      this.#syncNew(false);
      this.#scale();
      return this.#result(countStatus(deployment, this.#all(), this.#new, this.#now));
    }
    if (isRollingUpdate(deployment)) this.#rollingUpdate();
    else this.#recreate();
    return this.#result(rolloutStatus(deployment, this.#all(), this.#new, this.#now));
  }

  #all(): ReplicaSet[] {
    return this.#new === undefined ? this.#old : [...this.#old, this.#new];
  }

  #result(status: DeploymentStatus): DeploymentPlan {
    const next = { ...this.#deployment, status };
    const before = this.#original;
    const same =
      canonical(before.status) === canonical(status) &&
      before.metadata.annotations?.[revisionAnnotation] === next.metadata.annotations?.[revisionAnnotation];
    return {
      steps: this.#steps,
      status: same ? undefined : next,
      again: deadlineCheck(this.#deployment, status, this.#now),
    };
  }

  #markPaused(): void {
    const deployment = this.#deployment;
    if (!hasProgressDeadline(deployment)) return;
    const current = condition(deployment.status, "Progressing");
    // Once timed out it is no longer a matter of pausing.
    if (current?.reason === "ProgressDeadlineExceeded") return;
    const marked = current?.reason === "DeploymentPaused";
    const paused = deployment.spec?.paused === true;
    if (paused === marked) return;
    const status = (deployment.status ??= {});
    setCondition(
      status,
      paused
        ? newCondition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", this.#now)
        : newCondition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", this.#now),
    );
  }

  #wasScaled(): boolean {
    return active(this.#all()).some((one) => {
      const desired = countAnnotation(one, desiredReplicasAnnotation);
      return desired !== undefined && desired !== desiredReplicas(this.#deployment);
    });
  }

  /** Finds, annotates or makes the ReplicaSet of the current template. */
  #syncNew(create: boolean): void {
    const deployment = this.#deployment;
    const revision = maxRevision(this.#old) + 1;
    const existing = this.#new;
    if (existing !== undefined) {
      let changed = annotateNew(deployment, existing, revision, true);
      const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
      if ((existing.spec?.minReadySeconds ?? 0) !== minReadySeconds && existing.spec !== undefined) {
        existing.spec.minReadySeconds = minReadySeconds;
        changed = true;
      }
      if (changed) this.#write(existing);
      setRevision(deployment, String(revisionOf(existing)));
      if (hasProgressDeadline(deployment) && condition(deployment.status, "Progressing") === undefined)
        this.#progressing("FoundNewReplicaSet", `Found new replica set ${JSON.stringify(existing.metadata.name)}`);
      return;
    }
    if (!create) return;
    const made = newReplicaSet(deployment);
    const size = newReplicaSetSize(deployment, this.#old, 0);
    if (made.spec !== undefined) made.spec.replicas = size;
    annotateNew(deployment, made, revision, false);
    this.#new = made;
    const name = made.metadata.name ?? "";
    this.#steps.push({
      kind: "create",
      replicaSet: made,
      events: size > 0 ? [`Scaled up replica set ${name} from 0 to ${size}`] : [],
    });
    setRevision(deployment, String(revision));
    if (hasProgressDeadline(deployment))
      this.#progressing("NewReplicaSetCreated", `Created new replica set ${JSON.stringify(name)}`);
  }

  #progressing(reason: string, message: string): void {
    const status = (this.#deployment.status ??= {});
    setCondition(status, newCondition("Progressing", "True", reason, message, this.#now));
  }

  #write(replicaSet: ReplicaSet, ...events: readonly string[]): void {
    const index = this.#steps.findIndex((step) => step.kind !== "delete" && step.replicaSet === replicaSet);
    const known = this.#steps[index];
    if (known === undefined || known.kind === "delete") this.#steps.push({ kind: "update", replicaSet, events });
    else this.#steps[index] = { ...known, events: [...known.events, ...events] };
  }

  /** Answers whether the size changed. */
  #resize(replicaSet: ReplicaSet, size: number): boolean {
    const before = wanted(replicaSet);
    const annotated = annotateReplicas(this.#deployment, replicaSet);
    if (before === size && !annotated) return false;
    if (replicaSet.spec !== undefined) replicaSet.spec.replicas = size;
    const name = replicaSet.metadata.name ?? "";
    if (before === size) this.#write(replicaSet);
    else
      this.#write(replicaSet, `Scaled ${size > before ? "up" : "down"} replica set ${name} from ${before} to ${size}`);
    return before !== size;
  }

  #rollingUpdate(): void {
    this.#syncNew(true);
    if (this.#growNew() || this.#shrinkOld()) return;
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanUp();
  }

  #growNew(): boolean {
    const made = this.#new;
    if (made === undefined) return false;
    const replicas = desiredReplicas(this.#deployment);
    if (wanted(made) === replicas) return false;
    if (wanted(made) > replicas) return this.#resize(made, replicas);
    return this.#resize(made, newReplicaSetSize(this.#deployment, this.#all(), wanted(made)));
  }

  #shrinkOld(): boolean {
    if (totalWanted(this.#old) === 0) return false;
    const least = desiredReplicas(this.#deployment) - maxUnavailable(this.#deployment);
    const made = this.#new;
    const notYet = made === undefined ? 0 : wanted(made) - (made.status?.availableReplicas ?? 0);
    const most = totalWanted(this.#all()) - least - notYet;
    if (most <= 0) return false;
    // What does not work anyway goes first: nobody misses it.
    let cleaned = 0;
    for (const old of this.#old) {
      const broken = wanted(old) - (old.status?.availableReplicas ?? 0);
      const count = Math.min(most - cleaned, broken);
      if (wanted(old) === 0 || count <= 0) continue;
      this.#resize(old, wanted(old) - count);
      cleaned += count;
    }
    let left = totalAvailable(this.#all()) - least;
    let shrunk = 0;
    for (const old of this.#old) {
      if (left <= 0) break;
      if (wanted(old) === 0) continue;
      const count = Math.min(wanted(old), left);
      this.#resize(old, wanted(old) - count);
      left -= count;
      shrunk += count;
    }
    return cleaned + shrunk > 0;
  }

  #recreate(): void {
    this.#syncNew(false);
    let shrunk = false;
    for (const old of active(this.#old)) shrunk = this.#resize(old, 0) || shrunk;
    if (shrunk || this.#oldPodsRun()) return;
    if (this.#new === undefined) this.#syncNew(true);
    const made = this.#new;
    if (made !== undefined) this.#resize(made, desiredReplicas(this.#deployment));
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanUp();
  }

  #oldPodsRun(): boolean {
    if (totalActual(this.#old) > 0) return true;
    for (const [uid, pods] of this.#pods) {
      if (uid === this.#new?.metadata.uid) continue;
      if (pods.some((pod) => pod.status?.phase !== "Failed" && pod.status?.phase !== "Succeeded")) return true;
    }
    return false;
  }

  /** Follows spec.replicas without rolling anything out. */
  #scale(): void {
    const deployment = this.#deployment;
    const running = active(this.#all());
    const [newestOld] = this.#old.toReversed();
    const only = running.length === 0 ? (this.#new ?? newestOld) : running.length === 1 ? running[0] : undefined;
    if (only !== undefined) {
      if (wanted(only) !== desiredReplicas(deployment)) this.#resize(only, desiredReplicas(deployment));
      return;
    }
    if (running.length === 0) return;
    const made = this.#new;
    const saturated =
      made !== undefined &&
      wanted(made) === desiredReplicas(deployment) &&
      countAnnotation(made, desiredReplicasAnnotation) === desiredReplicas(deployment) &&
      (made.status?.availableReplicas ?? 0) === desiredReplicas(deployment);
    if (saturated) {
      for (const old of active(this.#old)) this.#resize(old, 0);
      return;
    }
    if (!isRollingUpdate(deployment)) return;
    for (const { replicaSet, size } of proportionalSizes(deployment, this.#all())) this.#resize(replicaSet, size);
  }

  /** Old ReplicaSets beyond revisionHistoryLimit go, the oldest revisions first. */
  #cleanUp(): void {
    const limit = this.#deployment.spec?.revisionHistoryLimit ?? unlimited;
    const there = this.#old.filter((one) => one.metadata.deletionTimestamp === undefined);
    if (limit === unlimited || there.length <= limit) return;
    const oldest = there.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, there.length - limit);
    for (const replicaSet of oldest) {
      const unsettled = (replicaSet.metadata.generation ?? 0) > (replicaSet.status?.observedGeneration ?? 0);
      if (wanted(replicaSet) !== 0 || (replicaSet.status?.replicas ?? 0) !== 0 || unsettled) continue;
      this.#steps.push({ kind: "delete", replicaSet });
    }
  }
}

function newReplicaSet(deployment: Deployment): ReplicaSet {
  const template = structuredClone(deployment.spec?.template) ?? { metadata: {} };
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [podTemplateHash]: hash };
  const selector = deployment.spec?.selector;
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${(deployment.metadata.name ?? "").slice(0, 253 - hash.length - 1)}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels: { ...labels },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds === 0 ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [podTemplateHash]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
