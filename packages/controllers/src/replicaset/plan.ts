import type { Pod, ReplicaSet } from "@bulkhead/api";
import { claim, selectorOrNothing } from "../owner.ts";
import { isPodActive } from "../pod/pod-state.ts";
import { rankForDeletion } from "./deletion-ranking.ts";
import { refusalPause } from "./refusal-pause.ts";

/** At most so many pods are made or deleted in one turn. */
export const burstReplicas = 500;

/** What a ReplicaSet asks for, as it stands. */
export interface ReplicaSetFacts {
  readonly replicaSet: ReplicaSet;
  /** Every pod of the namespace. */
  readonly pods: readonly Pod[];
  /** Pods of all ReplicaSets of the same owner, for spreading deletions over nodes. */
  readonly related: () => readonly Pod[];
  /** False while our own last writes are not yet in the copy: then nothing is made or deleted. */
  readonly settled: boolean;
  readonly now: number;
}

export interface ReplicaSetPlan {
  readonly adopt: readonly Pod[];
  readonly release: readonly Pod[];
  /** How many pods to make. */
  readonly create: number;
  /** Which pods to delete, in this order. */
  readonly remove: readonly Pod[];
  /** The pods that count for the status, adopted ones included. */
  readonly owned: readonly Pod[];
  /** Milliseconds after which missing pods may be made; 0: nothing waits. */
  readonly lookAgainIn: number;
}

/** Pure: claims, then the difference between the wanted and the active count. */
export function planReplicaSet(facts: ReplicaSetFacts): ReplicaSetPlan {
  const { replicaSet, now } = facts;
  // A pod that has ended is history: it is neither adopted nor counted, but stays owned.
  const candidates = facts.pods.filter((pod) => pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed");
  const { owned, adopt, release } = claim(replicaSet, selectorOrNothing(replicaSet.spec?.selector), candidates);
  const claimed = [...owned, ...adopt];
  const active = claimed.filter(isPodActive);
  const nothing = { adopt, release, create: 0, remove: [], owned: claimed, lookAgainIn: 0 };
  if (replicaSet.metadata.deletionTimestamp !== undefined || !facts.settled) return nothing;
  const difference = active.length - (replicaSet.spec?.replicas ?? 1);
  const pause = difference < 0 ? refusalPause(replicaSet, facts.pods, now) : 0;
  if (pause > 0) return { ...nothing, lookAgainIn: pause };
  if (difference < 0) return { ...nothing, create: Math.min(-difference, burstReplicas) };
  if (difference === 0) return nothing;
  const onNode = new Map<string, number>();
  for (const pod of facts.related().filter(isPodActive)) {
    const node = pod.spec?.nodeName ?? "";
    onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const ranked = rankForDeletion(active, (pod) => onNode.get(pod.spec?.nodeName ?? "") ?? 0, now);
  return { ...nothing, remove: ranked.slice(0, Math.min(difference, burstReplicas)) };
}
