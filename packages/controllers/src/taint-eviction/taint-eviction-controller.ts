import type { Pod } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, timestamp, work } from "../controller.ts";
import { isPodTerminal } from "../pod/pod-state.ts";
import { evictionTime } from "./plan.ts";

/** Deletes pods that do not tolerate their node's NoExecute taints, or no longer do. */
export const taintEvictionController: ControllerDefinition = {
  name: "taint-eviction",
  identity: "system:serviceaccount:kube-system:node-controller",
  clusterRole: "system:controller:node-controller",
  component: "taint-eviction-controller",
  start,
};

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, events, log, now } = context;
  const nodes = informers.of(resources.nodes);
  const pods = informers.of(resources.pods);
  const queue = createWorkqueue({ name: "taint-eviction", log });
  pods.onChange((current, previous) => {
    if (current === undefined || (current.spec?.nodeName ?? "") === "") return;
    const moved = previous?.spec?.nodeName !== current.spec?.nodeName;
    if (moved || JSON.stringify(previous?.spec?.tolerations) !== JSON.stringify(current.spec?.tolerations))
      queue.add(keyOf(current));
  });
  nodes.onChange((current, previous) => {
    if (current === undefined || JSON.stringify(current.spec?.taints) === JSON.stringify(previous?.spec?.taints))
      return;
    for (const pod of pods.list()) if (pod.spec?.nodeName === current.metadata.name) queue.add(keyOf(pod));
  });

  async function sync(key: string): Promise<void> {
    const pod = pods.get(splitKey(key));
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return;
    const node = nodes.get({ namespace: "", name: pod.spec?.nodeName ?? "" });
    const at = evictionTime(pod, node?.spec?.taints ?? [], now());
    if (at === undefined) return;
    if (at > now()) return queue.addAfter(key, at - now());
    events.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${key}`);
    await evict(pod);
  }

  async function evict(pod: Pod): Promise<void> {
    const name = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" };
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
      lastTransitionTime: timestamp(now()),
    };
    try {
      await client.patch(
        resources.pods,
        name,
        "strategic",
        { status: { conditions: [condition] } },
        { subresource: "status" },
      );
      await client.delete(resources.pods, name, { preconditions: { uid: pod.metadata.uid ?? "" } });
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  await work(context, queue, 5, sync);
}
