import type { Pod, Probe } from "@bulkhead/api";
import type { EventRecorder } from "@bulkhead/client";
import type { CriClient } from "../cri/client.ts";
import type { ProbeFindings } from "../plan/steps.ts";
import { latest, type PodRuntime, podUid, usesHostNetwork, wantedContainers } from "../pod/model.ts";
import { countResult, freshProbe, type ProbeKind, type ProbeState, probeDefaults } from "./outcome.ts";
import { runProbe } from "./run.ts";

/** Probes the running containers of all pods, each on its own clock. */
export interface Prober {
  /** Probes what runs now, stops probing what does not. Cheap to call at every look. */
  follow(pod: Pod, runtime: PodRuntime): void;
  /** What was found of a pod's containers, by container id. */
  findings(uid: string): ReadonlyMap<string, ProbeFindings>;
  forget(uid: string): void;
  close(): void;
}

export interface ProberOptions {
  readonly cri: CriClient;
  readonly events: EventRecorder;
  /** A verdict turned: the pod is to be looked at. */
  readonly changed: (uid: string) => void;
  readonly now: () => number;
  readonly hostIps: readonly string[];
}

interface Running {
  readonly uid: string;
  readonly containerId: string;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  state: ProbeState;
  output: string;
  timer: NodeJS.Timeout | undefined;
  stopped: boolean;
}

const kinds: readonly ProbeKind[] = ["startup", "liveness", "readiness"];

const probeOf = (
  spec: { startupProbe?: Probe | undefined; livenessProbe?: Probe | undefined; readinessProbe?: Probe | undefined },
  kind: ProbeKind,
) => ({ startup: spec.startupProbe, liveness: spec.livenessProbe, readiness: spec.readinessProbe })[kind];

const title: Readonly<Record<ProbeKind, string>> = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" };

/** A verdict the API knows already, for a container that ran before this agent did. */
function seed(pod: Pod, containerId: string, kind: ProbeKind): ProbeState {
  const known = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (status) => status.containerID === `containerd://${containerId}`,
  );
  if (kind === "startup" && known?.started === true) return { healthy: true, last: "success", inARow: 1 };
  if (kind === "readiness" && known?.ready === true) return { healthy: true, last: "success", inARow: 1 };
  return freshProbe;
}

export function createProber(options: ProberOptions): Prober {
  const { cri, events, changed, now } = options;
  const running = new Map<string, Running>();
  const pods = new Map<string, Pod>();
  const ips = new Map<string, string>();

  const stop = (key: string, worker: Running): void => {
    worker.stopped = true;
    clearTimeout(worker.timer);
    running.delete(key);
  };

  const startupPassed = (containerId: string): boolean => {
    const startup = running.get(`${containerId}/startup`);
    return startup === undefined || startup.state.healthy === true;
  };

  async function probeOnce(worker: Running): Promise<void> {
    const pod = pods.get(worker.uid);
    const container = pod && wantedContainers(pod).find(({ spec }) => probeOf(spec, worker.kind) === worker.probe);
    if (pod === undefined || container === undefined) return;
    const startup = worker.kind === "startup";
    // Once it has started, a container is not asked again whether it has; until then nothing else is asked.
    if (startup ? worker.state.healthy !== undefined : !startupPassed(worker.containerId)) return;
    const target = { containerId: worker.containerId, podIp: ips.get(worker.uid) ?? "", container: container.spec };
    const finding = await runProbe(cri, target, worker.probe);
    if (worker.stopped) return;
    const before = worker.state.healthy;
    worker.state = countResult(worker.state, finding.result, worker.probe);
    if (finding.result === "failure") {
      worker.output = finding.output;
      events.event(pod, "Warning", "Unhealthy", `${title[worker.kind]} probe failed: ${finding.output}`);
    }
    if (worker.state.healthy !== before) changed(worker.uid);
  }

  function schedule(worker: Running, delay: number): void {
    worker.timer = setTimeout(() => {
      void probeOnce(worker).finally(() => {
        if (!worker.stopped) schedule(worker, (worker.probe.periodSeconds ?? probeDefaults.periodSeconds) * 1000);
      });
    }, delay);
    worker.timer.unref();
  }

  return {
    follow: (pod, runtime) => {
      const uid = podUid(pod);
      const sandbox = runtime.sandboxes.find(({ ready }) => ready);
      const ip = usesHostNetwork(pod) ? options.hostIps[0] : sandbox?.ips[0];
      if (ip !== undefined) ips.set(uid, ip);
      const live = new Set<string>();
      // The spec's objects are the identity of a probe: the newest pod is kept only while it asks for the same.
      const known = pods.get(uid);
      if (known?.metadata.generation !== pod.metadata.generation || known === undefined) pods.set(uid, pod);
      const current = pods.get(uid) ?? pod;
      for (const { spec } of wantedContainers(current)) {
        const container = latest(runtime, spec.name);
        if (container?.phase !== "running") continue;
        for (const kind of kinds) {
          const probe = probeOf(spec, kind);
          if (probe === undefined) continue;
          const key = `${container.id}/${kind}`;
          live.add(key);
          const old = running.get(key);
          if (old !== undefined && old.probe === probe) continue;
          if (old !== undefined) stop(key, old);
          const state = old?.state ?? seed(pod, container.id, kind);
          const worker: Running = {
            uid,
            containerId: container.id,
            kind,
            probe,
            state,
            output: "",
            timer: undefined,
            stopped: false,
          };
          running.set(key, worker);
          const initial = (probe.initialDelaySeconds ?? probeDefaults.initialDelaySeconds) * 1000;
          schedule(worker, Math.max(0, container.startedAt + initial - now()));
        }
      }
      for (const [key, worker] of running) if (worker.uid === uid && !live.has(key)) stop(key, worker);
    },
    findings: (uid) => {
      const found = new Map<string, ProbeFindings>();
      for (const worker of running.values()) {
        if (worker.uid !== uid || worker.state.healthy === undefined) continue;
        const grace = worker.probe.terminationGracePeriodSeconds;
        found.set(worker.containerId, {
          ...found.get(worker.containerId),
          [worker.kind]: worker.state.healthy,
          ...(worker.state.healthy ? {} : { message: worker.output, ...(grace === undefined ? {} : { grace }) }),
        });
      }
      return found;
    },
    forget: (uid) => {
      for (const [key, worker] of running) if (worker.uid === uid) stop(key, worker);
      pods.delete(uid);
      ips.delete(uid);
    },
    close: () => {
      for (const [key, worker] of running) stop(key, worker);
    },
  };
}
