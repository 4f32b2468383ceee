import type { NodeCondition } from "@bulkhead/api";
import { rfc3339 } from "../status/facts.ts";

/** What decides a node's conditions. */
export interface Pressure {
  readonly runtimeReady: boolean;
  readonly networkReady: boolean;
  readonly runtimeMessage: string;
  readonly memoryAvailable: number;
  readonly diskAvailable: number;
  readonly diskCapacity: number;
  readonly pidsUsed: number;
  readonly pidsMax: number;
}

const leastMemory = 100 * 1024 * 1024;
const leastDisk = 0.1;
const leastPids = 0.05;

/** The conditions of the node. Pure; times are kept where the status is the same. */
export function nodeConditions(facts: Pressure, before: readonly NodeCondition[], now: number): NodeCondition[] {
  const make = (type: string, bad: boolean, reason: [string, string], message: [string, string]): NodeCondition => {
    const status = bad ? "True" : "False";
    return timed({ type, status, reason: reason[bad ? 1 : 0], message: message[bad ? 1 : 0] });
  };
  const timed = (condition: NodeCondition): NodeCondition => {
    const old = before.find(({ type }) => type === condition.type);
    return {
      ...condition,
      lastHeartbeatTime: rfc3339(now),
      lastTransitionTime: old?.status === condition.status ? old.lastTransitionTime : rfc3339(now),
    };
  };
  const up = facts.runtimeReady && facts.networkReady;
  return [
    make(
      "MemoryPressure",
      facts.memoryAvailable < leastMemory,
      ["KubeletHasSufficientMemory", "KubeletHasInsufficientMemory"],
      ["kubelet has sufficient memory available", "kubelet has insufficient memory available"],
    ),
    make(
      "DiskPressure",
      facts.diskAvailable < facts.diskCapacity * leastDisk,
      ["KubeletHasNoDiskPressure", "KubeletHasDiskPressure"],
      ["kubelet has no disk pressure", "kubelet has disk pressure"],
    ),
    make(
      "PIDPressure",
      facts.pidsMax - facts.pidsUsed < facts.pidsMax * leastPids,
      ["KubeletHasSufficientPID", "KubeletHasInsufficientPID"],
      ["kubelet has sufficient PID available", "kubelet has insufficient PID available"],
    ),
    timed({
      type: "Ready",
      status: up ? "True" : "False",
      reason: up ? "KubeletReady" : "KubeletNotReady",
      message: up ? "kubelet is posting ready status" : facts.runtimeMessage,
    }),
  ];
}
