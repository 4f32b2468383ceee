import type { Node, Pod } from "@bulkhead/api";
import { isPodTerminal } from "../pod/pod-state.ts";

/** A pod that nobody will ever end properly, and why. */
export interface Collected {
  readonly pod: Pod;
  readonly why: "terminated" | "orphaned" | "unscheduled";
}

export interface PodGarbageFacts {
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** Nodes that pods name, that are not there, and have not been for a while. */
  readonly lostNodes: ReadonlySet<string>;
  /** Ended pods that are kept. */
  readonly threshold: number;
}

/** Pure: ended pods beyond the threshold (oldest first), pods of lost nodes, and deleted pods that never had a node. */
export function planPodGarbage({ pods, nodes, lostNodes, threshold }: PodGarbageFacts): Collected[] {
  const collected = new Map<Pod, Collected["why"]>();
  const ended = pods.filter(isPodTerminal).sort((a, b) => (created(a) < created(b) ? -1 : 1));
  for (const pod of threshold > 0 ? ended.slice(0, Math.max(0, ended.length - threshold)) : [])
    collected.set(pod, "terminated");
  const there = new Set(nodes.map((node) => node.metadata.name));
  for (const pod of pods) {
    const node = pod.spec?.nodeName ?? "";
    if (node !== "" && !there.has(node) && lostNodes.has(node)) collected.set(pod, "orphaned");
    if (node === "" && pod.metadata.deletionTimestamp !== undefined) collected.set(pod, "unscheduled");
  }
  return [...collected].map(([pod, why]) => ({ pod, why }));
}

const created = (pod: Pod): string => pod.metadata.creationTimestamp ?? "";
