import { type Pod, type ReplicaSet, StatusError } from "@bulkhead/api";
import { createWorkqueue, exceptions, hasReason, imageTrustPolicies, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, work } from "../controller.ts";
import { Expectations } from "../expectations.ts";
import { messageOf } from "../failure-message.ts";
import { adoptPatch, controllerOf, controllerReference, releasePatch, selectorOrNothing } from "../owner.ts";
import { isPodActive, isPodAvailable, isPodReady } from "../pod/pod-state.ts";
import { slowStart } from "../slow-start.ts";
import { planReplicaSet, type ReplicaSetPlan } from "./plan.ts";
import { type ReplicaFailure, replicaSetStatus, sameStatus } from "./status.ts";

/** Keeps as many pods as each ReplicaSet asks for. With `ownKinds`, what was refused is tried again when a rule changes. */
export const replicaSetController = (ownKinds: boolean): ControllerDefinition => ({
  name: "replicaset",
  identity: "system:serviceaccount:kube-system:replicaset-controller",
  clusterRole: "system:controller:replicaset-controller",
  component: "replicaset-controller",
  start: (context) => start(context, ownKinds),
});

async function start(context: ControllerContext, ownKinds: boolean): Promise<void> {
  const { informers, client, events, log, now } = context;
  const replicaSets = informers.of(resources.replicaSets);
  const pods = informers.of(resources.pods);
  const queue = createWorkqueue({ name: "replicaset", log });
  const expectations = new Expectations<Pod>(pods, now);

  replicaSets.onChange((current, previous) => {
    const object = current ?? previous;
    if (object === undefined) return;
    if (current === undefined) expectations.forget(keyOf(object));
    queue.add(keyOf(object));
  });
  pods.onChange((current, previous) => {
    for (const pod of [current, previous]) {
      if (pod === undefined) continue;
      const owner = controllerOf(pod);
      if (owner?.kind === "ReplicaSet") queue.add(`${pod.metadata.namespace ?? ""}/${owner.name}`);
      // An orphan may be adopted by whoever selects it.
      else if (owner === undefined && pod === current)
        for (const set of replicaSets.list(pod.metadata.namespace))
          if (selectorOrNothing(set.spec?.selector).matches(pod.metadata.labels)) queue.add(keyOf(set));
    }
  });

  /** Whoever was refused pods may get them now, and should not wait for the end of a long back-off. */
  const retryRefused = (namespace?: string): void => {
    for (const set of replicaSets.list(namespace))
      if (set.status?.conditions?.some((condition) => condition.type === "ReplicaFailure")) queue.add(keyOf(set));
  };
  informers.hint(resources.namespaces).onChange((current) => retryRefused(current?.metadata.name));
  if (ownKinds) {
    informers.hint(exceptions).onChange((current) => retryRefused(current?.metadata.namespace));
    informers.hint(imageTrustPolicies).onChange(() => retryRefused());
  }

  async function sync(key: string): Promise<void> {
    const replicaSet = replicaSets.get(splitKey(key));
    if (replicaSet === undefined) return;
    const namespacePods = pods.list(replicaSet.metadata.namespace);
    const plan = planReplicaSet({
      replicaSet,
      pods: namespacePods,
      related: () => relatedPods(replicaSet, replicaSets.list(replicaSet.metadata.namespace), namespacePods),
      settled: expectations.settled(key),
      now: now(),
    });
    await claimPods(replicaSet, plan);
    const failed =
      plan.create > 0 ? await createPods(key, replicaSet, plan.create) : await removePods(key, replicaSet, plan);
    await writeStatus(replicaSet, plan.owned, failed?.failure);
    if (failed !== undefined) throw failed.error;
    recheckWhenAvailable(key, replicaSet, plan.owned);
    if (plan.lookAgainIn > 0) queue.addAfter(key, plan.lookAgainIn);
  }

  async function claimPods(replicaSet: ReplicaSet, plan: ReplicaSetPlan): Promise<void> {
    if (plan.adopt.length > 0) {
      // The copy may be old: only a live look says that the owner is still there and wanted.
      const live = await client.get(resources.replicaSets, nameOf(replicaSet));
      if (live.metadata.uid !== replicaSet.metadata.uid || live.metadata.deletionTimestamp !== undefined) return;
    }
    for (const pod of plan.adopt)
      await ignoring(client.patch(resources.pods, nameOf(pod), "strategic", adoptPatch(replicaSet, pod)), "NotFound");
    for (const pod of plan.release)
      await ignoring(
        client.patch(resources.pods, nameOf(pod), "strategic", releasePatch(replicaSet, pod)),
        "NotFound",
        "Invalid",
      );
  }

  async function createPods(
    key: string,
    replicaSet: ReplicaSet,
    count: number,
  ): Promise<{ failure: ReplicaFailure; error: unknown } | undefined> {
    const draft = podOf(replicaSet);
    const error = await slowStart(count, async () => {
      const pod = await client.create(resources.pods, draft);
      expectations.created(key, pod);
      events.event(replicaSet, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name ?? ""}`);
    });
    if (error === undefined) return undefined;
    // Nothing can be made in a namespace that is going away, and nobody needs to be told.
    if (isNamespaceTerminating(error)) return undefined;
    const message = messageOf(error);
    events.event(replicaSet, "Warning", "FailedCreate", `Error creating: ${message}`);
    return { failure: { reason: "FailedCreate", message }, error };
  }

  async function removePods(
    key: string,
    replicaSet: ReplicaSet,
    plan: ReplicaSetPlan,
  ): Promise<{ failure: ReplicaFailure; error: unknown } | undefined> {
    const results = await Promise.allSettled(
      plan.remove.map(async (pod) => {
        expectations.deleted(key, pod);
        await ignoring(
          client.delete(resources.pods, nameOf(pod), { preconditions: { uid: pod.metadata.uid ?? "" } }),
          "NotFound",
        );
        events.event(replicaSet, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name ?? ""}`);
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed === undefined) return undefined;
    expectations.forget(key);
    const message = messageOf(failed.reason);
    events.event(replicaSet, "Warning", "FailedDelete", `Error deleting: ${message}`);
    return { failure: { reason: "FailedDelete", message }, error: failed.reason };
  }

  async function writeStatus(
    replicaSet: ReplicaSet,
    owned: readonly Pod[],
    failure: ReplicaFailure | undefined,
  ): Promise<void> {
    const status = replicaSetStatus(replicaSet, owned, failure, now());
    if (sameStatus(replicaSet.status, status)) return;
    await ignoring(
      client.update(resources.replicaSets, { ...replicaSet, status }, { subresource: "status" }),
      "NotFound",
    );
  }

  /** A ready pod becomes available by the mere passing of time: somebody must look again then. */
  function recheckWhenAvailable(key: string, replicaSet: ReplicaSet, owned: readonly Pod[]): void {
    const seconds = replicaSet.spec?.minReadySeconds ?? 0;
    if (seconds === 0) return;
    const ready = owned.filter((pod) => isPodActive(pod) && isPodReady(pod));
    if (ready.some((pod) => !isPodAvailable(pod, seconds, now()))) queue.addAfter(key, seconds * 1000);
  }

  await work(context, queue, 5, sync);
}

const nameOf = (object: Pod | ReplicaSet) => ({
  namespace: object.metadata.namespace ?? "",
  name: object.metadata.name ?? "",
});

async function ignoring(write: Promise<unknown>, ...reasons: Parameters<typeof hasReason>[1][]): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!hasReason(error, ...reasons)) throw error;
  }
}

const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError &&
  error.reason === "Forbidden" &&
  (error.details?.causes ?? []).some((cause) => cause.reason === "NamespaceTerminating");

/** A pod of the template. */
function podOf(replicaSet: ReplicaSet): Pod {
  const template = replicaSet.spec?.template;
  const metadata = template?.metadata;
  // The prefix may not be longer than what generateName keeps; the server cuts it.
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${replicaSet.metadata.name ?? ""}-`,
      namespace: replicaSet.metadata.namespace,
      ...(metadata?.labels === undefined ? {} : { labels: { ...metadata.labels } }),
      ...(metadata?.annotations === undefined ? {} : { annotations: { ...metadata.annotations } }),
      ...(metadata?.finalizers === undefined ? {} : { finalizers: [...metadata.finalizers] }),
      ownerReferences: [controllerReference(replicaSet)],
    },
    spec: template?.spec,
  };
}

/** Pods of the ReplicaSets that share this one's owner: a rollout's old and new pods spread together. */
function relatedPods(replicaSet: ReplicaSet, siblings: readonly ReplicaSet[], pods: readonly Pod[]): readonly Pod[] {
  const owner = controllerOf(replicaSet);
  const family = new Set(
    siblings
      .filter((one) => one === replicaSet || (owner !== undefined && controllerOf(one)?.uid === owner.uid))
      .map((one) => one.metadata.uid),
  );
  return pods.filter((pod) => {
    const controller = controllerOf(pod);
    return controller !== undefined && family.has(controller.uid);
  });
}
