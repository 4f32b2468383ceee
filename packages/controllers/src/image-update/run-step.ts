import type { KubeObject, UpdateRollout } from "@bulkhead/api";
import { type Client, hasReason, type Resource, resources } from "@bulkhead/client";
import { appliedImages } from "./containers.ts";
import type { WorkloadKind } from "./workload.ts";
import type { RolloutStep } from "./workload-rollout.ts";

/** Owns the images of the containers that were updated, and the annotations that say why. */
export const imageManager = "bulkhead-image-update";
/** Owns what holds a rollout at its stages, and nothing once it is over. */
export const stageManager = "bulkhead-image-update-stage";

const prefix = "security.bulkhead.dev/image-update";

/** Why a container's image is what it is. */
const annotationsOf = (policy: string, rollout: UpdateRollout, image: string): Record<string, string> => {
  const { from, to, failure } = rollout;
  const back = image === from.restore;
  return {
    [`${prefix}-policy`]: policy,
    [`${prefix}-from`]: back ? to.image : from.image,
    [`${prefix}-to`]: image,
    [`${prefix}-why`]: back ? `rolled back: ${failure ?? ""}` : (to.summary ?? "a newer tag"),
  };
};

interface KindFacts {
  readonly apiVersion: string;
  readonly resource: Resource<KubeObject>;
  /** The way from the object to its pods' template. */
  readonly path: readonly string[];
}

const template = ["spec", "template"];
/** How each kind is written to. */
const kinds: Readonly<Record<WorkloadKind, KindFacts>> = {
  Deployment: { apiVersion: "apps/v1", resource: resources.deployments, path: template },
  StatefulSet: { apiVersion: "apps/v1", resource: resources.statefulSets, path: template },
  DaemonSet: { apiVersion: "apps/v1", resource: resources.daemonSets, path: template },
  CronJob: { apiVersion: "batch/v1", resource: resources.cronJobs, path: ["spec", "jobTemplate", ...template] },
};

export const kindFacts = (kind: string): KindFacts => kinds[kind as WorkloadKind];

/** `{ spec: { template: inner } }` */
const nested = (path: readonly string[], inner: object): object =>
  path.reduceRight<object>((value, key) => ({ [key]: value }), inner);

/** Carries out one step on the rollout's workload. Each can be repeated. */
export async function runStep(
  client: Client,
  at: { readonly namespace: string; readonly policy: string; readonly rollout: UpdateRollout },
  step: RolloutStep,
): Promise<void> {
  const { namespace, policy, rollout } = at;
  const name = { namespace, name: rollout.name };
  // Applied to this very object: a namesake made since is another's.
  const { apiVersion, resource, path } = kindFacts(rollout.kind);
  const about = { apiVersion, kind: rollout.kind, metadata: { ...name, uid: rollout.uid } };
  const apply = (manager: string, object: object): Promise<KubeObject> =>
    client.patch(resource, name, "apply", object, { fieldManager: manager, force: true });
  switch (step.kind) {
    case "stage": {
      const { spec } = step;
      await apply(stageManager, { ...about, ...(Object.keys(spec).length === 0 ? {} : { spec }) });
      return;
    }
    case "set-image": {
      const live = await client.get(resource, name);
      const images = appliedImages(live, path, imageManager, rollout.container, step.image);
      await apply(imageManager, {
        ...about,
        metadata: { ...about.metadata, annotations: annotationsOf(policy, rollout, step.image) },
        ...nested([...path, "spec"], images),
      });
      return;
    }
    case "unstage":
      if (step.restore !== undefined)
        await client.patch(
          resource,
          name,
          "merge",
          { metadata: { uid: rollout.uid }, spec: step.restore },
          { fieldManager: imageManager },
        );
      await apply(stageManager, about);
      return;
    case "delete-pod":
      try {
        await client.delete(resources.pods, { namespace, name: step.name }, { preconditions: { uid: step.uid } });
      } catch (error) {
        // It is gone, or another has its name.
        if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict")) throw error;
      }
  }
}
