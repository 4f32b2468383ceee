import { type Deployment, type KubeObject, type Pod, type ReplicaSet, StatusError } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { canonical } from "../canonical.ts";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, work } from "../controller.ts";
import { messageOf } from "../failure-message.ts";
import { adoptPatch, claim, controllerOf, releasePatch, selectorOrNothing } from "../owner.ts";
import { isRollingUpdate } from "./bounds.ts";
import { newCondition, setCondition } from "./conditions.ts";
import { type DeploymentStep, planDeployment } from "./plan.ts";
import { hasProgressDeadline } from "./status.ts";
import { sameTemplate } from "./template-hash.ts";

/** Rolls out Deployments through ReplicaSets. */
export const deploymentController: ControllerDefinition = {
  name: "deployment",
  identity: "system:serviceaccount:kube-system:deployment-controller",
  clusterRole: "system:controller:deployment-controller",
  component: "deployment-controller",
  start,
};

const nameOf = (object: KubeObject) => ({
  namespace: object.metadata.namespace ?? "",
  name: object.metadata.name ?? "",
});

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, events, log, now } = context;
  const deployments = informers.of(resources.deployments);
  const replicaSets = informers.of(resources.replicaSets);
  const pods = informers.of(resources.pods);
  const queue = createWorkqueue({ name: "deployment", log });

  deployments.onChange((current, previous) => {
    const object = current ?? previous;
    if (object !== undefined) queue.add(keyOf(object));
  });
  replicaSets.onChange((current, previous) => {
    for (const replicaSet of [current, previous]) {
      if (replicaSet === undefined) continue;
      const owner = controllerOf(replicaSet);
      if (owner?.kind === "Deployment") queue.add(`${replicaSet.metadata.namespace ?? ""}/${owner.name}`);
      else if (owner === undefined && replicaSet === current)
        for (const deployment of deployments.list(replicaSet.metadata.namespace))
          if (selectorOrNothing(deployment.spec?.selector).matches(replicaSet.metadata.labels))
            queue.add(keyOf(deployment));
    }
  });
  pods.onChange((current, previous) => {
    // Recreate waits for the last old pod to be gone.
    const ended =
      current === undefined || (current.status?.phase !== previous?.status?.phase && previous !== undefined);
    const owner = ended ? controllerOf(current ?? (previous as Pod)) : undefined;
    if (owner?.kind !== "ReplicaSet") return;
    const namespace = (current ?? previous)?.metadata.namespace ?? "";
    const replicaSet = replicaSets.get({ namespace, name: owner.name });
    const deployment = replicaSet === undefined ? undefined : controllerOf(replicaSet);
    if (deployment?.kind === "Deployment") queue.add(`${namespace}/${deployment.name}`);
  });

  async function sync(key: string): Promise<void> {
    const deployment = deployments.get(splitKey(key));
    if (deployment === undefined) return;
    const selector = selectorOrNothing(deployment.spec?.selector);
    if (selector.everything) {
      events.event(
        deployment,
        "Warning",
        "SelectingAll",
        "This deployment is selecting all pods. A non-empty selector is required.",
      );
      return;
    }
    const owned = await claimed(deployment, selector);
    // Only Recreate looks at pods.
    const byReplicaSet = isRollingUpdate(deployment) ? new Map<string, Pod[]>() : podsOf(owned);
    const plan = planDeployment({ deployment, replicaSets: owned, pods: byReplicaSet, now: now() });
    for (const step of plan.steps) await run(deployment, step);
    if (plan.status !== undefined) await client.update(resources.deployments, plan.status, { subresource: "status" });
    if (plan.again !== undefined) queue.addAfter(key, plan.again);
  }

  async function claimed(
    deployment: Deployment,
    selector: ReturnType<typeof selectorOrNothing>,
  ): Promise<ReplicaSet[]> {
    const { owned, adopt, release } = claim(deployment, selector, replicaSets.list(deployment.metadata.namespace));
    if (adopt.length === 0 && release.length === 0) return [...owned];
    const live = adopt.length === 0 ? undefined : await client.get(resources.deployments, nameOf(deployment));
    const mayAdopt =
      live !== undefined &&
      live.metadata.uid === deployment.metadata.uid &&
      live.metadata.deletionTimestamp === undefined;
    const adopted: ReplicaSet[] = [];
    for (const one of mayAdopt ? adopt : [])
      adopted.push(await client.patch(resources.replicaSets, nameOf(one), "strategic", adoptPatch(deployment, one)));
    for (const one of release)
      await client.patch(resources.replicaSets, nameOf(one), "strategic", releasePatch(deployment, one));
    return [...owned, ...adopted];
  }

  function podsOf(owned: readonly ReplicaSet[]): Map<string, Pod[]> {
    const byOwner = new Map<string, Pod[]>(owned.map((one) => [one.metadata.uid ?? "", []]));
    for (const pod of pods.list(owned[0]?.metadata.namespace ?? ""))
      byOwner.get(controllerOf(pod)?.uid ?? "")?.push(pod);
    return byOwner;
  }

  async function run(deployment: Deployment, step: DeploymentStep): Promise<void> {
    switch (step.kind) {
      case "create":
        return create(deployment, step.replicaSet, step.events);
      case "update":
        await client.update(resources.replicaSets, step.replicaSet);
        for (const event of step.events) events.event(deployment, "Normal", "ScalingReplicaSet", event);
        return;
      case "delete":
        try {
          await client.delete(resources.replicaSets, nameOf(step.replicaSet));
        } catch (error) {
          if (!hasReason(error, "NotFound")) throw error;
        }
    }
  }

  async function create(deployment: Deployment, replicaSet: ReplicaSet, told: readonly string[]): Promise<void> {
    try {
      await client.create(resources.replicaSets, replicaSet);
      for (const event of told) events.event(deployment, "Normal", "ScalingReplicaSet", event);
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) return afterCollision(deployment, replicaSet);
      const terminating =
        error instanceof StatusError && error.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating");
      if (!terminating) await tellFailure(deployment, replicaSet, error);
      throw error;
    }
  }

  /** The name is taken: by our own earlier turn, which the copy does not show yet, or by a stranger with the same hash. */
  async function afterCollision(deployment: Deployment, replicaSet: ReplicaSet): Promise<void> {
    const there = await client.get(resources.replicaSets, nameOf(replicaSet));
    const ours =
      controllerOf(there)?.uid === deployment.metadata.uid &&
      there.spec?.template !== undefined &&
      deployment.spec !== undefined &&
      sameTemplate(there.spec.template, deployment.spec.template);
    if (ours) return;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await client.update(
      resources.deployments,
      { ...deployment, status: { ...deployment.status, collisionCount } },
      { subresource: "status" },
    );
    throw new StatusError({
      reason: "AlreadyExists",
      message: `the name ${JSON.stringify(replicaSet.metadata.name)} is taken by another; trying another hash`,
    });
  }

  async function tellFailure(deployment: Deployment, replicaSet: ReplicaSet, error: unknown): Promise<void> {
    const why = messageOf(error);
    const message = `Failed to create new replica set ${JSON.stringify(replicaSet.metadata.name)}: ${why}`;
    events.event(deployment, "Warning", "ReplicaSetCreateError", message);
    if (!hasProgressDeadline(deployment)) return;
    const status = structuredClone(deployment.status ?? {});
    setCondition(status, newCondition("Progressing", "False", "ReplicaSetCreateError", message, now()));
    if (canonical(status) === canonical(deployment.status)) return;
    await client.update(resources.deployments, { ...deployment, status }, { subresource: "status" });
  }

  await work(context, queue, 5, sync);
}
