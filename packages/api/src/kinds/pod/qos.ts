import type { PodSpec } from "../../generated/types.ts";
import { addTo, compareAmounts, type ResourceList } from "../resources.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const counted = ["cpu", "memory"] as const;

/** Only cpu and memory decide, and an amount of zero is none. */
function take(sum: ResourceList, list: Readonly<ResourceList> | undefined): boolean {
  let all = true;
  for (const name of counted) {
    const amount = list?.[name];
    if (amount === undefined || compareAmounts(amount, "0") <= 0) all = false;
    else addTo(sum, { [name]: amount });
  }
  return all;
}

/**
 * The quality of service class: Guaranteed when every container has cpu and memory limits equal to its requests,
 * BestEffort when none asks for anything, Burstable otherwise. Resources of the pod as a whole come first.
 */
export function qosClass(spec: PodSpec): QosClass {
  const requests: ResourceList = {};
  const limits: ResourceList = {};
  let guaranteed = true;
  if (spec.resources !== undefined) {
    take(requests, spec.resources.requests);
    guaranteed = spec.resources.limits === undefined || take(limits, spec.resources.limits);
  } else {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      take(requests, container.resources?.requests);
      if (!take(limits, container.resources?.limits)) guaranteed = false;
    }
  }
  const asked = Object.keys(requests);
  if (asked.length === 0 && Object.keys(limits).length === 0) return "BestEffort";
  if (!guaranteed || asked.length !== Object.keys(limits).length) return "Burstable";
  const same = asked.every((name) => compareAmounts(requests[name] ?? "0", limits[name] ?? "0") === 0);
  return same ? "Guaranteed" : "Burstable";
}
