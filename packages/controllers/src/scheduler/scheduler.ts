import type { Node, Pod, PodCondition } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, timestamp, work } from "../controller.ts";
import { messageOf } from "../failure-message.ts";
import { isPodTerminal, podCondition } from "../pod/pod-state.ts";
import { planScheduling } from "./plan.ts";
import type { Preemption } from "./preemption.ts";
import { takeSnapshot } from "./snapshot.ts";

const schedulerName = "default-scheduler";
/** Pods that fit nowhere are looked at again at least this often, whatever we may have missed. */
const flushInterval = 300_000;
const firstBackoff = 1_000;
const lastBackoff = 10_000;

/** Gives pods a node, by Bindings, and says why not. */
export const scheduler: ControllerDefinition = {
  name: "scheduler",
  identity: "system:kube-scheduler",
  clusterRole: "system:kube-scheduler",
  component: schedulerName,
  start,
};

const nameOf = (pod: Pod) => ({ namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" });

/** What of a node decides about pods; heartbeats change none of it. */
const decisive = (node: Node): string =>
  JSON.stringify([node.metadata.labels, node.spec?.taints, node.spec?.unschedulable, node.status?.allocatable]);

const isWaiting = (pod: Pod): boolean =>
  (pod.spec?.nodeName ?? "") === "" &&
  (pod.spec?.schedulerName ?? schedulerName) === schedulerName &&
  (pod.spec?.schedulingGates ?? []).length === 0 &&
  pod.metadata.deletionTimestamp === undefined &&
  !isPodTerminal(pod);

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, events, log, now } = context;
  const pods = informers.of(resources.pods);
  const nodes = informers.of(resources.nodes);
  const namespaces = informers.of(resources.namespaces);
  const queue = createWorkqueue({ name: "scheduler", log });
  /** Where pods were just sent, until the copy shows it: UID to node. */
  const assumed = new Map<string, string>();
  /** Keys that fit nowhere, with how often we tried and when last. */
  const unschedulable = new Map<string, { attempts: number; at: number }>();

  function wakeAll(): void {
    for (const [key, { attempts, at }] of unschedulable) {
      const backoff = Math.min(firstBackoff * 2 ** (attempts - 1), lastBackoff);
      queue.addAfter(key, at + backoff - now());
    }
  }

  pods.onChange((current, previous) => {
    const pod = current ?? previous;
    if (pod === undefined) return;
    if (current === undefined || (current.spec?.nodeName ?? "") !== "") assumed.delete(pod.metadata.uid ?? "");
    if (current !== undefined && isWaiting(current)) {
      // Our own status writes must not start the next attempt.
      const news =
        previous === undefined ||
        JSON.stringify([previous.spec, previous.metadata.labels]) !==
          JSON.stringify([current.spec, current.metadata.labels]);
      if (news) queue.add(keyOf(current));
      return;
    }
    if (current === undefined) unschedulable.delete(keyOf(pod));
    const placed = (previous?.spec?.nodeName ?? "") !== (current?.spec?.nodeName ?? "");
    const ended = current !== undefined && previous !== undefined && isPodTerminal(current) !== isPodTerminal(previous);
    const relabelled = JSON.stringify(previous?.metadata.labels) !== JSON.stringify(current?.metadata.labels);
    if (placed || ended || relabelled) wakeAll();
  });
  nodes.onChange((current, previous) => {
    if (current === undefined || previous === undefined || decisive(current) !== decisive(previous)) wakeAll();
  });
  const flush = setInterval(wakeAll, flushInterval);
  flush.unref();
  context.signal.addEventListener("abort", () => clearInterval(flush), { once: true });

  /** The decision is made in one go, and what it takes is noted before anything is awaited: several may be on their way. */
  async function sync(key: string): Promise<void> {
    const pod = pods.get(splitKey(key));
    if (pod === undefined || !isWaiting(pod) || assumed.has(pod.metadata.uid ?? "")) {
      if (pod === undefined) unschedulable.delete(key);
      return;
    }
    const snapshot = takeSnapshot(
      nodes.list(),
      pods.list(),
      (other) => other.spec?.nodeName || assumed.get(other.metadata.uid ?? ""),
      (name) => namespaces.get({ namespace: "", name }),
      // Claims are not served yet, so that none exists.
      () => false,
    );
    const decision = planScheduling(pod, snapshot);
    switch (decision.kind) {
      case "bind":
        unschedulable.delete(key);
        return bind(pod, decision.node);
      case "unschedulable": {
        const attempts = (unschedulable.get(key)?.attempts ?? 0) + 1;
        unschedulable.set(key, { attempts, at: now() });
        events.event(pod, "Warning", "FailedScheduling", decision.message);
        if (decision.preemption !== undefined) await preempt(pod, decision.preemption);
        await tellWhy(pod, decision.message, decision.preemption?.node);
      }
    }
  }

  async function bind(pod: Pod, node: string): Promise<void> {
    const uid = pod.metadata.uid ?? "";
    assumed.set(uid, node);
    const { namespace, name } = nameOf(pod);
    try {
      await client.post(`/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { namespace, name, uid },
        target: { kind: "Node", name: node },
      });
      events.event(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${node}`);
    } catch (error) {
      assumed.delete(uid);
      if (hasReason(error, "NotFound", "Conflict")) return;
      events.event(pod, "Warning", "FailedScheduling", `binding rejected: ${messageOf(error)}`);
      throw error;
    }
  }

  async function tellWhy(pod: Pod, message: string, nominated: string | undefined): Promise<void> {
    const known = podCondition(pod, "PodScheduled");
    const same = known?.status === "False" && known.reason === "Unschedulable" && known.message === message;
    if (same && nominated === undefined) return;
    const condition: PodCondition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      lastTransitionTime:
        known?.status === "False" && known.lastTransitionTime !== undefined
          ? known.lastTransitionTime
          : timestamp(now()),
    };
    const status = {
      conditions: [{ ...condition, lastProbeTime: null, observedGeneration: pod.metadata.generation }],
      ...(nominated === undefined ? {} : { nominatedNodeName: nominated }),
    };
    try {
      await client.patch(
        resources.pods,
        nameOf(pod),
        "strategic",
        { metadata: { uid: pod.metadata.uid }, status },
        { subresource: "status" },
      );
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  /** Victims are told, marked and deleted with their own grace. */
  async function preempt(pod: Pod, preemption: Preemption): Promise<void> {
    for (const victim of preemption.victims) {
      if (victim.metadata.deletionTimestamp !== undefined) continue;
      const disruption = {
        type: "DisruptionTarget",
        status: "True",
        reason: "PreemptionByScheduler",
        message: `${schedulerName}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: timestamp(now()),
      };
      try {
        await client.patch(
          resources.pods,
          nameOf(victim),
          "strategic",
          { status: { conditions: [disruption] } },
          { subresource: "status" },
        );
        await client.delete(resources.pods, nameOf(victim), { preconditions: { uid: victim.metadata.uid ?? "" } });
      } catch (error) {
        if (!hasReason(error, "NotFound", "Conflict")) throw error;
        continue;
      }
      events.event(
        victim,
        "Normal",
        "Preempted",
        `Preempted by pod ${pod.metadata.uid ?? ""} on node ${preemption.node}`,
      );
    }
  }

  await work(context, queue, 16, sync);
}
