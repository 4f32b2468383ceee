import type { Node, Pod } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, timestamp, work } from "../controller.ts";
import { podCondition } from "../pod/pod-state.ts";
import { type Health, planNode } from "./plan.ts";

/** How often nodes are looked at, in milliseconds. */
const monitorPeriod = 5_000;

/** Notices nodes that have gone silent or are not ready. `gracePeriod`: milliseconds of silence (upstream: 50 s). */
export const nodeLifecycleController = (gracePeriod = 50_000): ControllerDefinition => ({
  name: "node-lifecycle",
  identity: "system:serviceaccount:kube-system:node-controller",
  clusterRole: "system:controller:node-controller",
  component: "node-controller",
  start: (context) => start(context, gracePeriod),
});

async function start(context: ControllerContext, gracePeriod: number): Promise<void> {
  const { informers, client, events, log, now } = context;
  const nodes = informers.of(resources.nodes);
  const leases = informers.of(resources.leases);
  const pods = informers.of(resources.pods);
  const queue = createWorkqueue({ name: "node-lifecycle", log });
  const health = new Map<string, Health>();
  /** Nodes whose pods were marked since they were last ready: their kubelet may know better by now. */
  const marked = new Set<string>();
  nodes.onChange((current, previous) => {
    const node = current ?? previous;
    if (node === undefined) return;
    if (current === undefined) {
      health.delete(keyOf(node));
      marked.delete(keyOf(node));
      events.event(
        node,
        "Normal",
        "RemovingNode",
        `Node ${keyOf(node)} event: Removing Node ${keyOf(node)} from Controller`,
      );
    } else {
      if (previous === undefined)
        events.event(
          node,
          "Normal",
          "RegisteredNode",
          `Node ${keyOf(node)} event: Registered Node ${keyOf(node)} in Controller`,
        );
      queue.add(keyOf(node));
    }
  });

  async function sync(name: string): Promise<void> {
    const node = nodes.get({ namespace: "", name });
    if (node === undefined) return;
    const lease = leases.get({ namespace: "kube-node-lease", name });
    const othersReady = nodes.list().some((other) => other.metadata.name !== name && isReady(other));
    const plan = planNode({ node, lease, health: health.get(name), now: now(), gracePeriod, othersReady });
    health.set(name, plan.health);
    queue.addAfter(name, monitorPeriod);
    if (plan.conditions !== undefined) {
      // Only conditions travel: the copy does not hold all of the status.
      const status = { conditions: plan.conditions };
      await client.patch(resources.nodes, { namespace: "", name }, "strategic", { status }, { subresource: "status" });
      events.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
    }
    if (plan.taints !== undefined) {
      const taints = plan.taints.length === 0 ? null : plan.taints;
      await client.patch(resources.nodes, { namespace: "", name }, "merge", {
        metadata: { uid: node.metadata.uid },
        spec: { taints },
      });
    }
    if (!plan.markPods) marked.delete(name);
    else if (!marked.has(name)) {
      await markPods(node);
      marked.add(name);
    }
  }

  /** Services must not send anything to pods on a node that does not answer. */
  async function markPods(node: Node): Promise<void> {
    for (const pod of pods.list()) {
      if (pod.spec?.nodeName !== node.metadata.name || podCondition(pod, "Ready")?.status !== "True") continue;
      await markPod(pod);
    }
  }

  async function markPod(pod: Pod): Promise<void> {
    const condition = { type: "Ready", status: "False", lastTransitionTime: timestamp(now()) };
    const name = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" };
    try {
      await client.patch(
        resources.pods,
        name,
        "strategic",
        { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } },
        { subresource: "status" },
      );
      events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  await work(context, queue, 2, sync);
}

const isReady = (node: Node): boolean =>
  node.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
