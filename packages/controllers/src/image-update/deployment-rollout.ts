import type { Deployment, Pod, ReplicaSet, UpdateRollout } from "@bulkhead/api";
import { desiredReplicas, isRollingUpdate, maxSurge, maxUnavailable, wanted } from "../deployment/bounds.ts";
import { imageIn } from "./containers.ts";
import { isReady, living } from "./health.ts";
import {
  intOrString,
  type PutAside,
  type RolloutStep,
  usualPatience,
  type WorkloadRollout,
} from "./workload-rollout.ts";

/** The strategy that stages put aside: one pod more at a time is asked of whoever lets more, or fewer, at once. */
export function strategyToPutAside(deployment: Deployment): PutAside {
  // Where no pod may be more than wanted (ports of the host), that holds for updates too.
  if (!isRollingUpdate(deployment) || maxSurge(deployment) === 0) return undefined;
  if (maxSurge(deployment) === 1 && maxUnavailable(deployment) === 0) return undefined;
  const { maxSurge: surge = "25%", maxUnavailable: unavailable = "25%" } =
    deployment.spec?.strategy?.rollingUpdate ?? {};
  return { maxSurge: String(surge), maxUnavailable: String(unavailable) };
}

/** One pod more than before, and `paused` from then on: the Deployment's own means. */
export function deploymentRollout(
  rollout: UpdateRollout,
  deployment: Deployment,
  /** The Deployment's own. */
  replicaSets: readonly ReplicaSet[],
  /** By the ReplicaSet's UID. */
  pods: ReadonlyMap<string, readonly Pod[]>,
): WorkloadRollout {
  const { container, observed = false, strategy } = rollout;
  const { spec, status, metadata } = deployment;
  const image = imageIn(spec?.template, container);
  const made = replicaSets.filter(
    (one) => imageIn(one.spec?.template, container) === (observed ? image : rollout.to.image),
  );
  const names = made.map((one) => `${one.metadata.name ?? ""}-`);
  const newPods = living(made.flatMap((one) => pods.get(one.metadata.uid ?? "") ?? []));
  const staged = isRollingUpdate(deployment) && !observed;
  const stage = (paused: boolean): RolloutStep => ({
    kind: "stage",
    spec: {
      ...(strategy === undefined
        ? {}
        : { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
      ...(paused ? { paused } : {}),
    },
  });
  const paused = spec?.paused === true;
  const replicas = desiredReplicas(deployment);
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const whole = seen && (status?.updatedReplicas ?? 0) === replicas && (status?.replicas ?? 0) === replicas;
  const resume = paused && !observed ? [stage(false)] : [];
  const stuck = status?.conditions?.find(
    ({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded",
  );
  const { maxSurge: surge, maxUnavailable: unavailable } = spec?.strategy?.rollingUpdate ?? {};
  const own =
    strategy === undefined || (String(surge) === strategy.maxSurge && String(unavailable) === strategy.maxUnavailable);
  return {
    uid: metadata.uid ?? "",
    image,
    newPods,
    isOld: ({ involvedObject }) => !names.some((name) => (involvedObject.name ?? "").startsWith(name)),
    staged,
    begin: [stage(false)],
    // The rest waits as soon as the first of the new pods is on its way.
    first: staged && made.some((one) => wanted(one) > 0) && !paused ? [stage(true)] : [],
    arrived:
      newPods.some(isReady) &&
      (!staged || made.reduce((sum, one) => sum + (one.status?.availableReplicas ?? 0), 0) >= 1),
    resume,
    observed: seen,
    whole,
    available: whole && (status?.availableReplicas ?? 0) === replicas,
    stuck: stuck === undefined ? undefined : (stuck.message ?? ""),
    back: [],
    unstage: observed || (own && !paused) ? [] : [{ kind: "unstage", restore: restored(strategy) }],
    patience: spec?.progressDeadlineSeconds ?? usualPatience,
    refused: made
      .flatMap((one) => one.status?.conditions ?? [])
      .find(({ type, status: is }) => type === "ReplicaFailure" && is === "True")?.message,
    later: false,
  };
}

function restored(strategy: PutAside): object | undefined {
  if (strategy?.maxSurge === undefined || strategy.maxUnavailable === undefined) return undefined;
  const rollingUpdate = {
    maxSurge: intOrString(strategy.maxSurge),
    maxUnavailable: intOrString(strategy.maxUnavailable),
  };
  return { strategy: { rollingUpdate } };
}
