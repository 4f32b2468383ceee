import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  EphemeralContainer,
} from "@bulkhead/api";
import { hasStarted } from "../plan/containers.ts";
import { knownStatus, latest, previous, type RuntimeContainer, type WantedContainer } from "../pod/model.ts";
import { countCrash, crashDelay, crashMessage, restarts } from "../pod/restart.ts";
import { rfc3339, type StatusFacts } from "./facts.ts";

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

/** One container's status, from the runtime, from what is remembered, and from what the API knows already. */
export function containerStatus(facts: StatusFacts, wanted: WantedContainer, initialized: boolean): ContainerStatus {
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
