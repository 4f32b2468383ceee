import type { Event, Pod } from "@bulkhead/api";

/** What stands for the health of an update at one moment. */
export interface HealthFacts {
  /** Pods of the new template. */
  readonly pods: readonly Pod[];
  /** Warning events about the workload's pods, old and new. */
  readonly warnings: readonly Event[];
  /** Events about old pods, gone ones too: what they complain of is nothing new. */
  readonly isOld: (event: Event) => boolean;
  /** The container that changed. */
  readonly container: string;
  /** Milliseconds: from when on a pod must be without fault. Undefined: it is still starting. */
  readonly soakingSince: number | undefined;
}

const conditionOf = (pod: Pod, type: string) => pod.status?.conditions?.find((c) => c.type === type);
export const isReady = (pod: Pod): boolean => conditionOf(pod, "Ready")?.status === "True";

/** Ends that are the node's doing, not the image's. */
const nodesDoing = new Set(["Evicted", "Preempting", "NodeShutdown", "NodeAffinity", "Terminated", "NodeLost"]);

/** Pods whose health counts: not those on their way out, nor those that the node gave up. */
export const living = (pods: readonly Pod[]): Pod[] =>
  pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      !(pod.status?.phase === "Failed" && nodesDoing.has(pod.status.reason ?? "")),
  );

/** Waiting reasons that do not pass by themselves. */
const stuck = new Set([
  "CrashLoopBackOff",
  "InvalidImageName",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "StartError",
]);

/** Of events that come late: some are told before the moment that they tell of is recorded. */
const timeOf = (event: Event): number =>
  Date.parse(event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ?? event.firstTimestamp ?? "");

function podFault(pod: Pod, facts: HealthFacts): string | undefined {
  const name = pod.metadata.name ?? "";
  if (pod.status?.phase === "Failed")
    return `pod ${name} failed${pod.status.reason === undefined ? "" : `: ${pod.status.reason}`}`;
  for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
    const waiting = status.state?.waiting;
    const ended = status.lastState?.terminated ?? status.state?.terminated;
    const code = ended === undefined ? "" : ` (exit code ${ended.exitCode})`;
    if (waiting?.reason !== undefined && stuck.has(waiting.reason))
      return `container ${status.name} of pod ${name}: ${waiting.reason}${code}${waiting.message === undefined ? "" : `: ${waiting.message}`}`;
    if (status.restartCount > 0 && status.name === facts.container)
      return `container ${status.name} of pod ${name} was started anew${code}`;
  }
  const since = facts.soakingSince;
  if (since === undefined) return undefined;
  const ready = conditionOf(pod, "Ready");
  const lost = Date.parse(ready?.lastTransitionTime ?? "");
  // A pod that was made later than the soak began is still on its way, and has its own deadline.
  const began = Date.parse(pod.metadata.creationTimestamp ?? "");
  if (ready?.status === "False" && lost >= since && began < since && ready.reason !== "PodCompleted")
    return `pod ${name} is no longer ready: its probes fail`;
  return undefined;
}

/** Pure. What is wrong with the new pods; undefined: nothing so far. */
export function findFault(facts: HealthFacts): string | undefined {
  const pods = living(facts.pods);
  for (const pod of pods) {
    const fault = podFault(pod, facts);
    if (fault !== undefined) return fault;
  }
  const since = facts.soakingSince;
  if (since === undefined) return undefined;
  const names = new Set(pods.map((pod) => pod.metadata.name));
  const usual = new Set(facts.warnings.filter(facts.isOld).map((event) => event.reason));
  const warning = facts.warnings.find(
    (event) =>
      event.involvedObject.kind === "Pod" &&
      names.has(event.involvedObject.name) &&
      !facts.isOld(event) &&
      timeOf(event) > since &&
      !usual.has(event.reason),
  );
  return warning === undefined
    ? undefined
    : `pod ${warning.involvedObject.name ?? ""}: ${warning.reason ?? "Warning"}: ${warning.message ?? ""}`;
}
