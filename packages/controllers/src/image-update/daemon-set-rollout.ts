import type { DaemonSet, Pod, UpdateRollout } from "@bulkhead/api";
import { imageIn } from "./containers.ts";
import { isReady, living } from "./health.ts";
import { ofImage } from "./pods-of-image.ts";
import {
  intOrString,
  type PutAside,
  type RolloutStep,
  usualPatience,
  type WorkloadRollout,
} from "./workload-rollout.ts";

/** What stages put aside: how many nodes go at once. A DaemonSet on one node has nothing that could wait. */
export function nodesToPutAside({ spec, status }: DaemonSet): PutAside {
  const { type = "RollingUpdate", rollingUpdate = {} } = spec?.updateStrategy ?? {};
  if (type !== "RollingUpdate" || (status?.desiredNumberScheduled ?? 0) < 2) return undefined;
  const { maxSurge = 0, maxUnavailable = 1 } = rollingUpdate;
  return { maxSurge: String(maxSurge), maxUnavailable: String(maxUnavailable) };
}

/**
 * One node goes first: while the strategy is `OnDelete`, a new template reaches a node only where its pod is deleted, so
 * that one is. maxUnavailable alone would go on to the next node as soon as the first is ready.
 */
export function daemonSetRollout(rollout: UpdateRollout, daemonSet: DaemonSet, pods: readonly Pod[]): WorkloadRollout {
  const { container, observed = false, strategy } = rollout;
  const { spec, status, metadata } = daemonSet;
  const image = imageIn(spec?.template, container);
  const here = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const newPods = living(pods).filter(ofImage(container, observed ? image : rollout.to.image));
  const uids = new Set(newPods.map((pod) => pod.metadata.uid));
  const desired = status?.desiredNumberScheduled ?? 0;
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const whole = seen && (status?.updatedNumberScheduled ?? 0) === desired;
  const staged = strategy !== undefined && !observed;
  const held = staged && spec?.updateStrategy?.type === "OnDelete";
  // One that serves nobody is the first to go. While a node has none, its new one is on its way.
  const next = here.length < pods.length || here.length < desired || newPods.length > 0 ? undefined : chosen(here);
  const back: RolloutStep = { kind: "unstage", restore: restored(strategy) };
  return {
    uid: metadata.uid ?? "",
    image,
    newPods,
    isOld: ({ involvedObject }) => !uids.has(involvedObject.uid),
    staged,
    begin: staged ? [{ kind: "stage", spec: { updateStrategy: { type: "OnDelete" } } }] : [],
    first: held && seen && next !== undefined ? [next] : [],
    arrived: newPods.some(isReady),
    resume: held ? [back] : [],
    observed: seen,
    whole,
    available: whole && (status?.numberAvailable ?? 0) === desired,
    stuck: undefined,
    // A pod that is not available is replaced first, whatever the bounds: nothing is to be done for it.
    back: [],
    unstage: held ? [back] : [],
    patience: usualPatience,
    refused: undefined,
    later: false,
  };
}

function chosen(pods: readonly Pod[]): RolloutStep | undefined {
  const [first] = pods.toSorted(
    (a, b) => Number(isReady(a)) - Number(isReady(b)) || ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
  );
  return first === undefined
    ? undefined
    : { kind: "delete-pod", name: first.metadata.name ?? "", uid: first.metadata.uid ?? "" };
}

function restored(strategy: PutAside): object | undefined {
  if (strategy?.maxSurge === undefined || strategy.maxUnavailable === undefined) return undefined;
  const rollingUpdate = {
    maxSurge: intOrString(strategy.maxSurge),
    maxUnavailable: intOrString(strategy.maxUnavailable),
  };
  return { updateStrategy: { type: "RollingUpdate", rollingUpdate } };
}
