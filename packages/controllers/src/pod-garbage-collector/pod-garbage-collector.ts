import { hasReason, pause, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, timestamp } from "../controller.ts";
import { isPodTerminal } from "../pod/pod-state.ts";
import { type Collected, planPodGarbage } from "./plan.ts";

/** Milliseconds between looks. */
const interval = 20_000;
/** How long a node must be gone before its pods are given up. */
const quarantine = 40_000;

/** Deletes pods that no kubelet will end. `threshold`: how many ended pods are kept (upstream: 12,500). */
export const podGarbageCollector = (threshold = 12_500): ControllerDefinition => ({
  name: "pod-garbage-collector",
  identity: "system:serviceaccount:kube-system:pod-garbage-collector",
  clusterRole: "system:controller:pod-garbage-collector",
  component: "pod-garbage-collector",
  start: (context) => start(context, threshold),
});

async function start(context: ControllerContext, threshold: number): Promise<void> {
  const { informers, client, signal, log, now } = context;
  const pods = informers.of(resources.pods);
  const nodes = informers.of(resources.nodes);
  const missingSince = new Map<string, number>();
  await Promise.race([informers.synced(), pause(2 ** 31 - 1, signal)]);
  while (!signal.aborted) {
    const lostNodes = lost();
    for (const one of planPodGarbage({ pods: pods.list(), nodes: nodes.list(), lostNodes, threshold })) {
      try {
        await collect(one);
      } catch (error) {
        log.debug({ error: String(error), pod: one.pod.metadata.name }, "a pod could not be collected: trying again");
      }
    }
    await pause(interval, signal);
  }

  function lost(): Set<string> {
    const there = new Set(nodes.list().map((node) => node.metadata.name ?? ""));
    const named = new Set(pods.list().map((pod) => pod.spec?.nodeName ?? ""));
    for (const name of missingSince.keys()) if (there.has(name) || !named.has(name)) missingSince.delete(name);
    for (const name of named)
      if (name !== "" && !there.has(name) && !missingSince.has(name)) missingSince.set(name, now());
    return new Set([...missingSince].filter(([, since]) => now() - since >= quarantine).map(([name]) => name));
  }

  async function collect({ pod, why }: Collected): Promise<void> {
    const name = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" };
    try {
      if (why === "orphaned" && !isPodTerminal(pod)) {
        const condition = {
          type: "DisruptionTarget",
          status: "True",
          reason: "DeletionByPodGC",
          message: "PodGC: node no longer exists",
          lastTransitionTime: timestamp(now()),
        };
        const status = { phase: "Failed", conditions: [condition] };
        await client.patch(resources.pods, name, "strategic", { status }, { subresource: "status" });
      }
      await client.delete(resources.pods, name, {
        gracePeriodSeconds: 0,
        preconditions: { uid: pod.metadata.uid ?? "" },
      });
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }
}
