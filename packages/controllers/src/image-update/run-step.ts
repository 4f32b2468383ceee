import type { Deployment, UpdateRollout } from "@bulkhead/api";
import { type Client, resources } from "@bulkhead/client";
import { appliedImages } from "./containers.ts";
import type { RolloutStep } from "./rollout-plan.ts";

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

/** `25%` stays a text, `1` becomes a number. */
const intOrString = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);

/** Carries out one step on the rollout's Deployment. Each can be repeated. */
export async function runStep(
  client: Client,
  at: { readonly namespace: string; readonly policy: string; readonly rollout: UpdateRollout },
  step: RolloutStep,
): Promise<void> {
  const { namespace, policy, rollout } = at;
  const name = { namespace, name: rollout.name };
  // Applied to this very object: a namesake made since is another's.
  const about = { apiVersion: "apps/v1", kind: "Deployment", metadata: { ...name, uid: rollout.uid } };
  const apply = (manager: string, object: object): Promise<Deployment> =>
    client.patch(resources.deployments, name, "apply", object, { fieldManager: manager, force: true });
  switch (step.kind) {
    case "stage": {
      const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
      const spec = { ...(step.strategy ? { strategy } : {}), ...(step.paused ? { paused: true } : {}) };
      await apply(stageManager, { ...about, ...(Object.keys(spec).length === 0 ? {} : { spec }) });
      return;
    }
    case "set-image": {
      const live = await client.get(resources.deployments, name);
      await apply(imageManager, {
        ...about,
        metadata: { ...about.metadata, annotations: annotationsOf(policy, rollout, step.image) },
        spec: { template: { spec: appliedImages(live, imageManager, rollout.container, step.image) } },
      });
      return;
    }
    case "unstage":
      if (step.strategy !== undefined) {
        const { maxSurge, maxUnavailable } = step.strategy;
        const rollingUpdate = { maxSurge: intOrString(maxSurge), maxUnavailable: intOrString(maxUnavailable) };
        await client.patch(
          resources.deployments,
          name,
          "merge",
          { metadata: { uid: rollout.uid }, spec: { strategy: { rollingUpdate } } },
          { fieldManager: imageManager },
        );
      }
      await apply(stageManager, about);
  }
}
