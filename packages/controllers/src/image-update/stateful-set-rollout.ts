import type { Pod, StatefulSet, UpdateRollout } from "@bulkhead/api";
import { imageIn } from "./containers.ts";
import { isReady, living } from "./health.ts";
import { ofImage } from "./pods-of-image.ts";
import { type PutAside, type RolloutStep, usualPatience, type WorkloadRollout } from "./workload-rollout.ts";

/** What stages put aside: the partition, which is at nothing, or it would hold the rest back already. */
export const partitionToPutAside = ({ spec }: StatefulSet): PutAside =>
  (spec?.replicas ?? 1) > 1 && spec?.updateStrategy?.type !== "OnDelete" ? { partition: 0 } : undefined;

/** The highest ordinal goes first, behind a partition: the StatefulSet's own means. There is no pod more meanwhile. */
export function statefulSetRollout(
  rollout: UpdateRollout,
  statefulSet: StatefulSet,
  pods: readonly Pod[],
): WorkloadRollout {
  const { container, observed = false, strategy } = rollout;
  const { spec, status, metadata } = statefulSet;
  const image = imageIn(spec?.template, container);
  const replicas = spec?.replicas ?? 1;
  const { start = 0 } = spec?.ordinals ?? {};
  const { partition = 0 } = spec?.updateStrategy?.rollingUpdate ?? {};
  const newPods = living(pods).filter(ofImage(container, observed ? image : rollout.to.image));
  const uids = new Set(newPods.map((pod) => pod.metadata.uid));
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const whole =
    seen && (status?.updatedReplicas ?? 0) === replicas && status?.currentRevision === status?.updateRevision;
  const staged = strategy !== undefined && !observed;
  const last = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: start + replicas - 1 } } };
  const put: RolloutStep = { kind: "unstage", restore: restored(strategy) };
  const held = staged && partition !== (strategy.partition ?? 0);
  return {
    uid: metadata.uid ?? "",
    image,
    newPods,
    // An old pod has the name of the new one that came in its place.
    isOld: ({ involvedObject }) => !uids.has(involvedObject.uid),
    staged,
    begin: staged ? [{ kind: "stage", spec: last }] : [],
    first: [],
    arrived: newPods.some(isReady),
    resume: held ? [put] : [],
    observed: seen,
    whole,
    available:
      whole &&
      (status?.readyReplicas ?? 0) === replicas &&
      (status?.availableReplicas ?? status?.readyReplicas ?? 0) === replicas,
    stuck: undefined,
    // With OrderedReady its controller waits for a broken pod to become ready before it gives it the old template back.
    back: seen
      ? living(pods)
          .filter((pod) => !isReady(pod) && !ofImage(container, image)(pod))
          .map(deleted)
      : [],
    unstage: held ? [put] : [],
    patience: usualPatience,
    refused: undefined,
    later: false,
  };
}

const deleted = ({ metadata }: Pod): RolloutStep => ({
  kind: "delete-pod",
  name: metadata.name ?? "",
  uid: metadata.uid ?? "",
});

const restored = (strategy: PutAside): object => ({
  updateStrategy: { rollingUpdate: { partition: strategy?.partition ?? 0 } },
});
