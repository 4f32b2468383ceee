import type { Filter } from "./filter.ts";
import { podRequests } from "./pod-requests.ts";

/** Requests against what the node has left; a request beyond the whole node is no matter of other pods. */
export const resourcesFit: Filter = (pod, view) => {
  const reasons: string[] = [];
  let hopeless = false;
  const most = view.allocatable.get("pods");
  if (most !== undefined && view.pods.length + 1 > most) reasons.push("Too many pods");
  for (const [name, amount] of podRequests(pod)) {
    if (amount === 0) continue;
    const whole = view.allocatable.get(name) ?? 0;
    if (amount <= whole - (view.requested.get(name) ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    hopeless ||= amount > whole;
  }
  return reasons.length === 0 ? undefined : { reasons, resolvable: !hopeless };
};
