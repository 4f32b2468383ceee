import type { Container, Pod } from "@bulkhead/api";
import type { CriResources } from "../cri/schema.ts";
import { oomScoreAdj } from "./qos.ts";
import { amount, milliCpu } from "./quantities.ts";

const minimumShares = 2;
const maximumShares = 262_144;
const period = 100_000;
const minimumQuota = 1000;

/** cgroup v1's cpu.shares for so many thousandths of a CPU. */
export const cpuShares = (milli: number): number =>
  milli === 0 ? minimumShares : Math.min(Math.max(Math.floor((milli * 1024) / 1000), minimumShares), maximumShares);

/** Microseconds a 100 ms period; 0 for no limit. */
export const cpuQuota = (milli: number): number =>
  milli === 0 ? 0 : Math.max(Math.floor((milli * period) / 1000), minimumQuota);

export interface ResourceFacts {
  /** Bytes of the machine. */
  readonly memoryCapacity: number;
  /** CAP_SYS_RESOURCE: without it a score below our own cannot be set. */
  readonly canLowerOomScore: boolean;
  readonly cgroupVersion: "v1" | "v2";
  /** Processes and threads a container may have at most; cgroup v2 only, where the runtime takes it per container. */
  readonly pidsLimit: number;
}

/** A container's requests and limits as its control group's settings. */
export function containerResources(
  pod: Pod,
  container: Pick<Container, "resources">,
  facts: ResourceFacts,
): CriResources {
  const { requests, limits } = container.resources ?? {};
  const limitMilli = milliCpu(limits) || milliCpu(pod.spec?.resources?.limits);
  const requestMilli = requests?.["cpu"] === undefined ? milliCpu(limits) : milliCpu(requests);
  const memory = amount(limits, "memory") || amount(pod.spec?.resources?.limits, "memory");
  const score = oomScoreAdj(pod, container, facts.memoryCapacity);
  return {
    cpuPeriod: period,
    cpuQuota: cpuQuota(limitMilli),
    cpuShares: cpuShares(requestMilli),
    memoryLimitInBytes: memory,
    // No swap beyond memory, so that a secret in memory stays in memory.
    memorySwapLimitInBytes: memory,
    oomScoreAdj: facts.canLowerOomScore ? score : Math.max(score, 0),
    ...(facts.cgroupVersion === "v2" ? { unified: { "pids.max": String(facts.pidsLimit) } } : {}),
  };
}

/** What the pod as a whole asks for: the larger of its init containers' peak and its long-running containers' sum. */
export function podTotal(pod: Pod, list: "requests" | "limits", resource: string): number | undefined {
  const value = (container: Pick<Container, "resources">): number | undefined => {
    const given = container.resources?.[list];
    if (given?.[resource] === undefined) return undefined;
    return resource === "cpu" ? milliCpu(given) : amount(given, resource);
  };
  const pods = pod.spec?.resources?.[list];
  if (pods?.[resource] !== undefined) return resource === "cpu" ? milliCpu(pods) : amount(pods, resource);
  let sidecars = 0;
  let peak = 0;
  let unbounded = false;
  for (const container of pod.spec?.initContainers ?? []) {
    const own = value(container);
    unbounded ||= own === undefined;
    if (container.restartPolicy === "Always") sidecars += own ?? 0;
    peak = Math.max(peak, sidecars + (container.restartPolicy === "Always" ? 0 : (own ?? 0)));
  }
  let sum = sidecars;
  for (const container of pod.spec?.containers ?? []) {
    const own = value(container);
    unbounded ||= own === undefined;
    sum += own ?? 0;
  }
  // A limit of the pod only exists when every container has one; requests just add up.
  return list === "limits" && unbounded ? undefined : Math.max(peak, sum);
}
