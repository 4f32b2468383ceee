import type { Pod } from "@bulkhead/api";
import { planDeath } from "./death.ts";
import { planLife } from "./life.ts";
import type { PodFacts, PodMemory, PodPlan } from "./steps.ts";

const isOver = (pod: Pod | undefined, memory: PodMemory): boolean =>
  pod === undefined ||
  pod.metadata.deletionTimestamp !== undefined ||
  memory.ended !== undefined ||
  pod.status?.phase === "Succeeded" ||
  pod.status?.phase === "Failed";

/** What to do next for one pod. Pure. */
export function planPod(facts: PodFacts): PodPlan {
  if (isOver(facts.pod, facts.memory)) return planDeath(facts);
  return planLife(facts, facts.pod as Pod);
}
