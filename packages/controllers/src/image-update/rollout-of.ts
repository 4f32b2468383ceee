import type { Pod, ReplicaSet, UpdateRollout } from "@bulkhead/api";
import { cronJobRollout } from "./cron-job-rollout.ts";
import { daemonSetRollout, nodesToPutAside } from "./daemon-set-rollout.ts";
import { deploymentRollout, strategyToPutAside } from "./deployment-rollout.ts";
import { partitionToPutAside, statefulSetRollout } from "./stateful-set-rollout.ts";
import type { Kinded } from "./workload.ts";
import type { PutAside, WorkloadRollout } from "./workload-rollout.ts";

/** What belongs to a workload, by the UID of what owns it: the workload's own, or its ReplicaSets'. */
export interface Belongings {
  /** A Deployment's. */
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
}

/** Pure. The one place where kinds part. */
export function rolloutOf(
  rollout: UpdateRollout,
  workload: Kinded,
  { replicaSets, pods }: Belongings,
): WorkloadRollout {
  const own = [...pods.values()].flat();
  switch (workload.kind) {
    case "Deployment":
      return deploymentRollout(rollout, workload.object, replicaSets, pods);
    case "StatefulSet":
      return statefulSetRollout(rollout, workload.object, own);
    case "DaemonSet":
      return daemonSetRollout(rollout, workload.object, own);
    case "CronJob":
      return cronJobRollout(rollout, workload.object);
  }
}

/** What the stages of an update would put aside. */
export function toPutAside(workload: Kinded): PutAside {
  switch (workload.kind) {
    case "Deployment":
      return strategyToPutAside(workload.object);
    case "StatefulSet":
      return partitionToPutAside(workload.object);
    case "DaemonSet":
      return nodesToPutAside(workload.object);
    case "CronJob":
      return undefined;
  }
}
