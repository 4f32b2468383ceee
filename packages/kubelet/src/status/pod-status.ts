import type { ContainerStatus, Pod, PodStatus } from "@bulkhead/api";
import { hasStarted } from "../plan/containers.ts";
import { latest, usesHostNetwork, type WantedContainer, wantedContainers } from "../pod/model.ts";
import { qosClass } from "../pod/qos.ts";
import { conditions } from "./conditions.ts";
import { containerStatus } from "./container-status.ts";
import { rfc3339, type StatusFacts } from "./facts.ts";

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
