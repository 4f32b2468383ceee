import type { Container, ContainerStateTerminated, ContainerStatus, Pod } from "../../generated/types.ts";
import type { TableRow } from "../../kind-row.ts";
import { ageCell, humanDuration } from "../../table-rows.ts";
import { ageColumn, column, nameColumn, wideColumn } from "../columns.ts";

interface Summary {
  reason: string;
  ready: number;
  restarts: number;
  /** RFC 3339; "" where nothing was restarted. */
  lastRestart: string;
}

const isSidecar = (container: Container | undefined): boolean => container?.restartPolicy === "Always";

const later = (a: string, b: string | null | undefined): string =>
  b !== null && b !== undefined && (a === "" || Date.parse(b) > Date.parse(a)) ? b : a;

const lastEnd = (status: ContainerStatus): string | null | undefined => status.lastState?.terminated?.finishedAt;

function endReason(end: ContainerStateTerminated): string {
  if (end.reason !== undefined && end.reason !== "") return end.reason;
  return end.signal !== undefined && end.signal !== 0 ? `Signal:${end.signal}` : `ExitCode:${end.exitCode}`;
}

const condition = (pod: Pod, type: string): string | undefined =>
  pod.status?.conditions?.find((c) => c.type === type)?.status;

/** What an init container that is not through yet says; undefined when the next one may be looked at. */
function initReason(status: ContainerStatus, sidecar: boolean, index: number, count: number): string | undefined {
  const { terminated, waiting } = status.state ?? {};
  if (terminated?.exitCode === 0) return undefined;
  if (sidecar && status.started === true) return undefined;
  if (terminated !== undefined) return `Init:${endReason(terminated)}`;
  const why = waiting?.reason ?? "";
  return why !== "" && why !== "PodInitializing" ? `Init:${why}` : `Init:${index}/${count}`;
}

interface InitSummary {
  readonly initializing: boolean;
  /** Restarts of sidecars, which go on counting once the pod runs. */
  readonly sidecars: { restarts: number; lastRestart: string };
}

function summariseInit(pod: Pod, summary: Summary): InitSummary {
  const containers = pod.spec?.initContainers ?? [];
  const sidecars = { restarts: 0, lastRestart: "" };
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(containers.find((container) => container.name === status.name));
    summary.restarts += status.restartCount;
    summary.lastRestart = later(summary.lastRestart, lastEnd(status));
    if (sidecar) {
      sidecars.restarts += status.restartCount;
      sidecars.lastRestart = later(sidecars.lastRestart, lastEnd(status));
    }
    const reason = initReason(status, sidecar, index, containers.length);
    if (reason !== undefined) {
      summary.reason = reason;
      return { initializing: true, sidecars };
    }
    if (sidecar && status.started === true && status.ready && status.state?.terminated?.exitCode !== 0) summary.ready++;
  }
  return { initializing: false, sidecars };
}

function summariseRunning(pod: Pod, summary: Summary): void {
  let running = false;
  let failure = "";
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    summary.restarts += status.restartCount;
    summary.lastRestart = later(summary.lastRestart, lastEnd(status));
    const { waiting, terminated, running: runs } = status.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== "") summary.reason = waiting.reason;
    else if (terminated !== undefined) {
      summary.reason = endReason(terminated);
      if (terminated.exitCode !== 0) failure = summary.reason;
    } else if (status.ready && runs !== undefined) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason !== "Completed") return;
  // One that ended well does not make a pod complete while another still runs or has failed.
  if (running && condition(pod, "Ready") === "True") summary.reason = "Running";
  else if (failure !== "") summary.reason = failure;
  else if (running) summary.reason = "NotReady";
}

function summarise(pod: Pod): Summary {
  const status = pod.status ?? {};
  const phase = status.phase ?? "";
  const gated = (status.conditions ?? []).some((c) => c.type === "PodScheduled" && c.reason === "SchedulingGated");
  const own = status.reason !== undefined && status.reason !== "" ? status.reason : phase;
  const summary: Summary = { reason: gated ? "SchedulingGated" : own, ready: 0, restarts: 0, lastRestart: "" };
  const { initializing, sidecars } = summariseInit(pod, summary);
  if (!initializing || condition(pod, "Initialized") === "True") {
    summary.restarts = sidecars.restarts;
    summary.lastRestart = sidecars.lastRestart;
    summariseRunning(pod, summary);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") summary.reason = "Unknown";
    else if (phase !== "Succeeded" && phase !== "Failed") summary.reason = "Terminating";
  }
  return summary;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  return `${gates.filter((gate) => condition(pod, gate.conditionType) === "True").length}/${gates.length}`;
}

const orNone = (text: string | undefined): string => (text === undefined || text === "" ? "<none>" : text);

/** The columns of `kubectl get pods`, with the status a person reads there (`Init:0/1`, `CrashLoopBackOff` …). */
export const podTable: TableRow<Pod> = {
  columns: [
    nameColumn,
    column("Ready", { description: "The aggregate readiness state of this pod for accepting traffic." }),
    column("Status", { description: "The aggregate status of the containers in this pod." }),
    column("Restarts", {
      description:
        "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    }),
    ageColumn,
    wideColumn("IP", {
      description:
        "podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.",
    }),
    wideColumn("Node", {
      description:
        "NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
    }),
    wideColumn("Nominated Node", {
      description:
        "nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.",
    }),
    wideColumn("Readiness Gates", {
      description:
        'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates',
    }),
  ],
  cells(pod, now) {
    const summary = summarise(pod);
    const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).length;
    const restarts =
      summary.restarts !== 0 && summary.lastRestart !== ""
        ? `${summary.restarts} (${humanDuration(now - Date.parse(summary.lastRestart))} ago)`
        : String(summary.restarts);
    return [
      pod.metadata.name ?? "",
      `${summary.ready}/${(pod.spec?.containers ?? []).length + sidecars}`,
      summary.reason,
      restarts,
      ageCell(pod.metadata.creationTimestamp, now),
      orNone(pod.status?.podIPs?.[0]?.ip),
      orNone(pod.spec?.nodeName),
      orNone(pod.status?.nominatedNodeName),
      readinessGates(pod),
    ];
  },
};
