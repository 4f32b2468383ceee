import { type ContainerStatus, isolatedCondition, type Pod, type PodCondition } from "@bulkhead/api";
import { rfc3339, type StatusFacts } from "./facts.ts";

const condition = (
  pod: Pod,
  type: string,
  ok: boolean,
  now: number,
  why: { reason?: string; message?: string } = {},
): PodCondition => {
  const status = ok ? "True" : "False";
  const before = pod.status?.conditions?.find((each) => each.type === type);
  return {
    type,
    status,
    observedGeneration: pod.metadata.generation,
    lastProbeTime: undefined,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : rfc3339(now),
    ...(why.reason === undefined ? {} : { reason: why.reason }),
    ...(why.message === undefined ? {} : { message: why.message }),
  };
};

const unready = (statuses: readonly ContainerStatus[]): string[] =>
  statuses.filter(({ ready }) => !ready).map(({ name }) => name);

const listed = (names: readonly string[]): string => `[${names.join(" ")}]`;

interface ConditionFacts {
  readonly phase: string;
  readonly inits: readonly ContainerStatus[];
  readonly apps: readonly ContainerStatus[];
  readonly initialized: boolean;
  readonly hasSandbox: boolean;
}

/** The conditions that this agent writes. */
export function conditions(facts: StatusFacts, found: ConditionFacts): PodCondition[] {
  const { pod, now } = facts;
  const over = found.phase === "Succeeded" || found.phase === "Failed";
  const done = { reason: "PodCompleted" };
  const failed = { reason: "PodFailed" };
  const end = found.phase === "Succeeded" ? done : failed;
  const sidecars = found.inits.filter(({ name }) =>
    pod.spec?.initContainers?.some((each) => each.name === name && each.restartPolicy === "Always"),
  );
  const lazy = unready([...sidecars, ...found.apps]);
  const containersReady = !over && lazy.length === 0;
  const notReady = over
    ? end
    : { reason: "ContainersNotReady", message: `containers with unready status: ${listed(lazy)}` };
  const gates = (pod.spec?.readinessGates ?? [])
    .map(({ conditionType }) => ({
      conditionType,
      is: pod.status?.conditions?.find(({ type }) => type === conditionType),
    }))
    .filter(({ is }) => is?.status !== "True");
  // Its probes pass, and nobody can reach it: no Service must send anyone there.
  const isolated = pod.status?.conditions?.find(({ type }) => type === isolatedCondition)?.status === "True";
  const ready = containersReady && gates.length === 0 && !isolated;
  const incomplete = unready(found.inits);
  return [
    condition(pod, "PodReadyToStartContainers", found.hasSandbox && !over, now),
    condition(
      pod,
      "Initialized",
      found.initialized || found.phase === "Succeeded",
      now,
      found.phase === "Succeeded"
        ? done
        : found.initialized
          ? {}
          : {
              reason: "ContainersNotInitialized",
              message: `containers with incomplete status: ${listed(incomplete)}`,
            },
    ),
    condition(
      pod,
      "Ready",
      ready,
      now,
      ready
        ? {}
        : containersReady && isolated
          ? { reason: "Isolated", message: `the pod has no traffic while its condition ${isolatedCondition} is True` }
          : containersReady
            ? {
                reason: "ReadinessGatesNotReady",
                message: gates
                  .map(({ conditionType, is }) =>
                    is === undefined
                      ? `corresponding condition of pod readiness gate "${conditionType}" does not exist.`
                      : `the status of pod readiness gate "${conditionType}" is not "True", but ${is.status}`,
                  )
                  .join(", "),
              }
            : notReady,
    ),
    condition(pod, "ContainersReady", containersReady, now, containersReady ? {} : notReady),
    scheduled(pod, now),
  ];
}

const scheduled = (pod: Pod, now: number): PodCondition =>
  pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "True") ??
  condition(pod, "PodScheduled", true, now);
