import type { Container, Pod } from "@bulkhead/api";
import { amount, milliCpu } from "./quantities.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const resourcesThatCount = ["cpu", "memory"] as const;

/**
 * Guaranteed: every container has limits for cpu and memory and requests the same. BestEffort: none asks for anything.
 * Burstable: the rest. Pod-level resources, where set, decide alone.
 */
export function qosClass(pod: Pod): QosClass {
  const own = pod.spec?.resources;
  const judged: readonly Pick<Container, "resources">[] =
    own?.requests !== undefined || own?.limits !== undefined
      ? [{ resources: own }]
      : [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const asks = (list: Readonly<Record<string, string | number>> | undefined) =>
    resourcesThatCount.some((name) => (name === "cpu" ? milliCpu(list) : amount(list, name)) > 0);
  if (!judged.some(({ resources }) => asks(resources?.requests) || asks(resources?.limits))) return "BestEffort";
  const whole = judged.every(({ resources }) =>
    resourcesThatCount.every((name) => {
      const value =
        name === "cpu" ? milliCpu : (list: Readonly<Record<string, string | number>> | undefined) => amount(list, name);
      const limit = value(resources?.limits);
      const request = resources?.requests?.[name] === undefined ? limit : value(resources.requests);
      return limit > 0 && request === limit;
    }),
  );
  return whole ? "Guaranteed" : "Burstable";
}

/**
 * How eagerly the kernel kills a container when memory runs out: Guaranteed last, BestEffort first, Burstable the less
 * of the machine's memory it asked for the earlier (kubelet's formula).
 */
export function oomScoreAdj(pod: Pod, container: Pick<Container, "resources">, memoryCapacity: number): number {
  switch (qosClass(pod)) {
    case "Guaranteed":
      return -997;
    case "BestEffort":
      return 1000;
    case "Burstable": {
      const requested = amount(container.resources?.requests, "memory");
      const score = 1000 - Math.floor((1000 * requested) / memoryCapacity);
      return Math.min(Math.max(score, 3), 999);
    }
  }
}
