import type { CronJob, UpdateRollout } from "@bulkhead/api";
import { imageIn } from "./containers.ts";
import { usualPatience, type WorkloadRollout } from "./workload-rollout.ts";

/** Its next run has the new image. What runs is left to its end, and nothing is there by which health could be proven. */
export function cronJobRollout(rollout: UpdateRollout, { spec, metadata }: CronJob): WorkloadRollout {
  return {
    uid: metadata.uid ?? "",
    image: imageIn(spec?.jobTemplate.spec?.template, rollout.container),
    newPods: [],
    isOld: () => true,
    staged: false,
    begin: [],
    first: [],
    arrived: true,
    resume: [],
    observed: true,
    whole: true,
    available: true,
    stuck: undefined,
    back: [],
    unstage: [],
    patience: usualPatience,
    refused: undefined,
    later: true,
  };
}
