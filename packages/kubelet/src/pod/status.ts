import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  EphemeralContainer,
  Pod,
  PodCondition,
  PodStatus,
} from "@bulkhead/api";
import {
  knownStatus,
  latest,
  type PodRuntime,
  previous,
  type RuntimeContainer,
  usesHostNetwork,
  type WantedContainer,
  wantedContainers,
} from "./model.ts";
import { hasStarted, type PodMemory } from "./plan.ts";
import { qosClass } from "./qos.ts";
import { countCrash, crashDelay, crashMessage, restarts } from "./restart.ts";

/** Why a container that should run does not (yet). */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
  /** When it failed, milliseconds. */
  readonly since: number;
}

export interface StatusFacts {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly memory: PodMemory;
  /** By container name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** What a container left as its last words, by container id. */
  readonly terminationMessages: ReadonlyMap<string, string>;
  readonly hostIps: readonly string[];
  readonly now: number;
}

/** RFC 3339 with seconds, as Kubernetes writes times. */
export const rfc3339 = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

const containerId = (id: string): string => `containerd://${id}`;

function terminated(container: RuntimeContainer, message: string | undefined): ContainerStateTerminated {
  const reason = container.reason || (container.exitCode === 0 ? "Completed" : "Error");
  const text = message === undefined || message === "" ? container.message : message;
  return {
    exitCode: container.exitCode,
    reason,
    ...(text === "" ? {} : { message: text }),
    startedAt: rfc3339(container.startedAt || container.createdAt),
    finishedAt: rfc3339(container.finishedAt),
    containerID: containerId(container.id),
  };
}

/** A pull that failed is told once as such, and from the next look on as waiting for its next try. */
const pullSettled = 1000;

function waitingState(facts: StatusFacts, wanted: WantedContainer, initialized: boolean): ContainerState {
  const known = facts.waiting.get(wanted.spec.name);
  if (known !== undefined) {
    const backedOff = known.reason === "ErrImagePull" && facts.now - known.since >= pullSettled;
    return {
      waiting: backedOff
        ? {
            reason: "ImagePullBackOff",
            message: `Back-off pulling image "${wanted.spec.image}": ErrImagePull: ${known.message}`,
          }
        : { reason: known.reason, ...(known.message === "" ? {} : { message: known.message }) },
    };
  }
  const behind = wanted.role === "app" && !initialized;
  return { waiting: { reason: behind ? "PodInitializing" : "ContainerCreating" } };
}

function containerStatus(facts: StatusFacts, wanted: WantedContainer, initialized: boolean): ContainerStatus {
  const { pod, runtime, memory, terminationMessages, now } = facts;
  const { name } = wanted.spec;
  const container = latest(runtime, name);
  const before = knownStatus(pod, name);
  if (container === undefined || container.phase === "created") {
    const ended = before?.state?.terminated ?? before?.lastState?.terminated;
    const gone =
      memory.ended !== undefined ||
      pod.metadata.deletionTimestamp !== undefined ||
      pod.status?.phase === "Failed" ||
      pod.status?.phase === "Succeeded";
    return {
      name,
      image: wanted.spec.image ?? "",
      imageID: before?.imageID ?? "",
      ready: false,
      started: false,
      restartCount: before?.restartCount ?? 0,
      state: gone && before?.state?.terminated !== undefined ? before.state : waitingState(facts, wanted, initialized),
      ...(before?.containerID === undefined ? {} : { containerID: before.containerID }),
      ...(ended !== undefined && !gone ? { lastState: { terminated: ended } } : { lastState: before?.lastState ?? {} }),
    };
  }
  const found = memory.probes.get(container.id);
  const running = container.phase === "running";
  const started = running && hasStarted(wanted, found);
  const ready =
    (wanted.role !== "init" && started && (wanted.spec.readinessProbe === undefined || found?.readiness === true)) ||
    (wanted.role === "init" && container.phase === "exited" && container.exitCode === 0);
  const end = terminated(container, terminationMessages.get(container.id));
  let state: ContainerState = running ? { running: { startedAt: rfc3339(container.startedAt) } } : { terminated: end };
  let last = previous(runtime, name);
  let lastState: ContainerState =
    last === undefined ? (before?.lastState ?? {}) : { terminated: terminated(last, terminationMessages.get(last.id)) };
  const over = memory.ended !== undefined || pod.metadata.deletionTimestamp !== undefined;
  if (container.phase === "exited" && !over && restarts(pod, wanted, container.exitCode)) {
    const delay = crashDelay(countCrash(memory.crashes.get(name), container).crashes);
    const held = facts.waiting.get(name);
    if (held !== undefined) {
      state = waitingState(facts, wanted, true);
      lastState = { terminated: end };
    } else if (container.finishedAt + delay > now) {
      state = { waiting: { reason: "CrashLoopBackOff", message: crashMessage(pod, name, delay) } };
      lastState = { terminated: end };
    }
    last = container;
  }
  return {
    name,
    state,
    lastState,
    ready,
    restartCount: container.attempt,
    image: container.image,
    imageID: container.imageRef,
    containerID: containerId(container.id),
    started,
    ...(container.user === undefined
      ? {}
      : {
          user: {
            linux: {
              uid: container.user.uid,
              gid: container.user.gid,
              supplementalGroups: [...container.user.supplementalGroups],
            },
          },
        }),
    ...(wanted.spec.resources === undefined || !running ? {} : resourcesOf(wanted.spec)),
    ...mountsOf(wanted.spec),
  };
}

const resourcesOf = (spec: Container | EphemeralContainer) => ({
  ...(spec.resources?.requests === undefined ? {} : { allocatedResources: spec.resources.requests }),
  resources: {
    ...(spec.resources?.requests === undefined ? {} : { requests: spec.resources.requests }),
    ...(spec.resources?.limits === undefined ? {} : { limits: spec.resources.limits }),
  },
});

const mountsOf = (spec: Container | EphemeralContainer): Pick<ContainerStatus, "volumeMounts"> =>
  spec.volumeMounts === undefined || spec.volumeMounts.length === 0
    ? {}
    : {
        volumeMounts: spec.volumeMounts.map(({ name, mountPath, readOnly }) => ({
          name,
          mountPath,
          ...(readOnly === true ? { readOnly, recursiveReadOnly: "Disabled" } : {}),
        })),
      };

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

/** Whether all init containers are done and all sidecars up. */
function isInitialized(facts: StatusFacts): boolean {
  const { pod, runtime, memory } = facts;
  const wanted = wantedContainers(pod);
  const apps = wanted.filter(({ role }) => role === "app");
  if (apps.some(({ spec }) => (latest(runtime, spec.name)?.phase ?? "created") !== "created")) return true;
  return wanted
    .filter(({ role }) => role === "init" || role === "sidecar")
    .every((each) => {
      const container = latest(runtime, each.spec.name);
      if (each.role === "sidecar")
        return container?.phase === "running" && hasStarted(each, memory.probes.get(container.id));
      return container?.phase === "exited" && container.exitCode === 0;
    });
}

function phaseOf(facts: StatusFacts, statuses: readonly ContainerStatus[], initialized: boolean): string {
  const known = facts.pod.status?.phase;
  // An end is final.
  if (known === "Succeeded" || known === "Failed") return known;
  if (facts.memory.ended !== undefined) return facts.memory.ended.phase;
  // A deleted pod whose processes have all ended is over too: nothing will start it again.
  const ends = statuses.map(({ state }) => state?.terminated);
  if (facts.pod.metadata.deletionTimestamp !== undefined && ends.every((end) => end !== undefined)) {
    return ends.every((end) => end.exitCode === 0) ? "Succeeded" : "Failed";
  }
  const begun = statuses.some(
    ({ state, lastState }) =>
      state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined,
  );
  return initialized && begun ? "Running" : "Pending";
}

/** A pod's whole status from what is known. Pure; conditions of other writers are not in it. */
export function podStatus(facts: StatusFacts): PodStatus {
  const { pod, runtime, memory, now } = facts;
  const initialized = isInitialized(facts);
  const wanted = wantedContainers(pod);
  const of = (...roles: readonly WantedContainer["role"][]) =>
    wanted.filter(({ role }) => roles.includes(role)).map((each) => containerStatus(facts, each, initialized));
  const inits = of("init", "sidecar");
  const apps = of("app");
  const ephemeral = of("ephemeral");
  const phase = phaseOf(facts, apps, initialized);
  const over = phase === "Succeeded" || phase === "Failed";
  const sandbox = runtime.sandboxes.find(({ ready }) => ready);
  const ips = usesHostNetwork(pod) ? (sandbox === undefined ? [] : facts.hostIps) : (sandbox?.ips ?? []);
  const shownIps = ips.length > 0 ? ips : keepsAddress(pod) ? (pod.status?.podIPs ?? []).map(({ ip }) => ip) : [];
  const ended = memory.ended;
  const reason = ended?.reason ?? pod.status?.reason;
  const message = ended?.message ?? pod.status?.message;
  return {
    phase,
    conditions: conditions(facts, { phase, inits, apps, initialized, hasSandbox: sandbox !== undefined }),
    hostIP: facts.hostIps[0],
    hostIPs: facts.hostIps.map((ip) => ({ ip })),
    ...(shownIps.length === 0 ? {} : { podIP: shownIps[0], podIPs: shownIps.map((ip) => ({ ip })) }),
    startTime: pod.status?.startTime ?? rfc3339(now),
    ...(inits.length === 0 ? {} : { initContainerStatuses: inits }),
    containerStatuses: apps,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    observedGeneration: pod.metadata.generation,
    ...(over && reason !== undefined ? { reason } : {}),
    ...(over && message !== undefined ? { message } : {}),
  };
}

/** A pod that is over keeps the address it had, for those who read its history. */
const keepsAddress = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp !== undefined || pod.status?.phase !== undefined;

interface ConditionFacts {
  readonly phase: string;
  readonly inits: readonly ContainerStatus[];
  readonly apps: readonly ContainerStatus[];
  readonly initialized: boolean;
  readonly hasSandbox: boolean;
}

function conditions(facts: StatusFacts, found: ConditionFacts): PodCondition[] {
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
  const ready = containersReady && gates.length === 0;
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
