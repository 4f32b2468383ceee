import type { Lease, Node, NodeCondition, Taint } from "@bulkhead/api";
import { timestamp } from "../controller.ts";

const notReadyTaint = "node.kubernetes.io/not-ready";
const unreachableTaint = "node.kubernetes.io/unreachable";

/** What we last saw of a node's signs of life, by our own clock: two machines' clocks are never compared. */
export interface Health {
  readonly renewTime: string | undefined;
  readonly seenAt: number;
}

export interface NodeFacts {
  readonly node: Node;
  readonly lease: Lease | undefined;
  readonly health: Health | undefined;
  readonly now: number;
  /** Milliseconds without a sign of life until the node counts as lost. */
  readonly gracePeriod: number;
  /**
   * Another node is ready. When none is, the fault is more likely ours than theirs: nothing is evicted, since nothing
   * could run elsewhere (upstream's full disruption). On one machine that means: never.
   */
  readonly othersReady: boolean;
}

export interface NodePlan {
  readonly health: Health;
  /** New conditions, when the node is silent. */
  readonly conditions: readonly NodeCondition[] | undefined;
  /** The node's taints as they should be, when they differ. */
  readonly taints: readonly Taint[] | undefined;
  /** Its pods must be marked as not ready. */
  readonly markPods: boolean;
}

/** Conditions that a silent node's kubelet would keep. */
const kubeletConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** Conditions that keep new pods away. */
const pressureTaints: Readonly<Record<string, string>> = {
  MemoryPressure: "node.kubernetes.io/memory-pressure",
  DiskPressure: "node.kubernetes.io/disk-pressure",
  PIDPressure: "node.kubernetes.io/pid-pressure",
  NetworkUnavailable: "node.kubernetes.io/network-unavailable",
};
const ours = new Set([
  notReadyTaint,
  unreachableTaint,
  "node.kubernetes.io/unschedulable",
  ...Object.values(pressureTaints),
]);

/** Pure: is the node alive, what do its conditions say, and which taints follow. */
export function planNode({ node, lease, health, now, gracePeriod, othersReady }: NodeFacts): NodePlan {
  const heartbeat = node.status?.conditions?.find((one) => one.type === "Ready")?.lastHeartbeatTime;
  const renewTime = `${lease?.spec?.renewTime ?? ""}/${heartbeat ?? ""}`;
  const next: Health = health?.renewTime === renewTime ? health : { renewTime, seenAt: now };
  const silent = now - next.seenAt > gracePeriod;
  const conditions = silent ? silenced(node, now) : undefined;
  const current = conditions ?? node.status?.conditions ?? [];
  const ready = current.find((one) => one.type === "Ready")?.status;
  return {
    health: next,
    conditions,
    taints: wantedTaints(node, current, now, othersReady),
    markPods: ready !== "True",
  };
}

/** Undefined when all of them say Unknown already. */
function silenced(node: Node, now: number): NodeCondition[] | undefined {
  const before = node.status?.conditions ?? [];
  let changed = false;
  const next = [...before];
  for (const type of kubeletConditions) {
    const at = next.findIndex((one) => one.type === type);
    const old = next[at];
    if (old?.status === "Unknown") continue;
    changed = true;
    const condition: NodeCondition = {
      type,
      status: "Unknown",
      reason: old === undefined ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
      message: old === undefined ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
      lastHeartbeatTime: old?.lastHeartbeatTime ?? node.metadata.creationTimestamp,
      lastTransitionTime: timestamp(now),
    };
    if (at === -1) next.push(condition);
    else next[at] = condition;
  }
  return changed ? next : undefined;
}

function wantedTaints(
  node: Node,
  conditions: readonly NodeCondition[],
  now: number,
  evict: boolean,
): Taint[] | undefined {
  const before = node.spec?.taints ?? [];
  const wanted: Taint[] = [];
  const want = (key: string, effect: string): void => {
    const known = before.find((taint) => taint.key === key && taint.effect === effect);
    wanted.push(known ?? { key, effect, ...(effect === "NoExecute" ? { timeAdded: timestamp(now) } : {}) });
  };
  const ready = conditions.find((one) => one.type === "Ready")?.status;
  const lost = ready === "Unknown" ? unreachableTaint : ready === "True" ? undefined : notReadyTaint;
  if (lost !== undefined) {
    want(lost, "NoSchedule");
    if (evict) want(lost, "NoExecute");
  }
  for (const [type, key] of Object.entries(pressureTaints))
    if (conditions.some((one) => one.type === type && one.status === "True")) want(key, "NoSchedule");
  if (node.spec?.unschedulable === true) want("node.kubernetes.io/unschedulable", "NoSchedule");
  const taints = [...before.filter((taint) => !ours.has(taint.key)), ...wanted];
  const name = (taint: Taint): string => `${taint.key}:${taint.effect}`;
  const same =
    taints.length === before.length && taints.every((taint) => before.some((old) => name(old) === name(taint)));
  return same ? undefined : taints;
}
