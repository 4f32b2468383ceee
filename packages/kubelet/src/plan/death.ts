import { type RuntimeContainer, usesHostNetwork, wantedContainers } from "../pod/model.ts";
import { alive, defaultGrace } from "./grace.ts";
import type { PodFacts, PodPlan, Step } from "./steps.ts";

/** A death, the other way round: processes, volumes, rules, address, traces, and the object at last. */
export function planDeath(facts: PodFacts): PodPlan {
  const { pod, runtime, memory } = facts;
  const stopping = stopAll(facts);
  if (stopping !== undefined) return stopping;
  if (facts.beingBorn) return { steps: [] };
  if (memory.volumes !== "released") return { steps: [{ do: "release-volumes" }] };
  if (!memory.rulesRemoved && !(pod !== undefined && usesHostNetwork(pod))) return { steps: [{ do: "remove-rules" }] };
  const ready = runtime.sandboxes.filter((sandbox) => sandbox.ready);
  if (ready.length > 0) return { steps: ready.map(({ id }) => ({ do: "stop-sandbox", id })) };
  // A pod that ended by itself keeps its containers, for their logs, until it is deleted.
  if (pod !== undefined && pod.metadata.deletionTimestamp === undefined) return { steps: [] };
  if (runtime.containers.length > 0)
    return { steps: runtime.containers.map(({ id }) => ({ do: "remove-container", id })) };
  if (runtime.sandboxes.length > 0) return { steps: runtime.sandboxes.map(({ id }) => ({ do: "remove-sandbox", id })) };
  if (!memory.forgotten) return { steps: [{ do: "forget" }] };
  return pod === undefined || memory.finished ? { steps: [] } : { steps: [{ do: "finish" }] };
}

/** What a sidecar gets at least after the others used the grace up. */
const sidecarGrace = 2;

/** Seconds that a pod's processes get to end by themselves. */
const graceOf = ({ pod, removed, memory }: PodFacts): number => {
  const known = pod ?? removed;
  return known === undefined
    ? defaultGrace
    : (known.metadata.deletionGracePeriodSeconds ??
        memory.ended?.grace ??
        known.spec?.terminationGracePeriodSeconds ??
        defaultGrace);
};

/** Stops what runs: first all but sidecars, then sidecars one by one, the last first. undefined: nothing is left. */
function stopAll(facts: PodFacts): PodPlan | undefined {
  const { runtime, memory, now } = facts;
  const pod = facts.pod ?? facts.removed;
  const neverRan = runtime.containers.filter(({ phase }) => phase === "created");
  const running = runtime.containers.filter(alive);
  if (running.length === 0) {
    if (neverRan.length === 0 || facts.beingBorn) return undefined;
    return { steps: neverRan.map(({ id }) => ({ do: "remove-container", id })) };
  }
  const wanted = new Map(pod === undefined ? [] : wantedContainers(pod).map((each) => [each.spec.name, each]));
  const grace = graceOf(facts);
  const stop = (container: RuntimeContainer, given: number): Step => ({
    do: "stop-container",
    container,
    grace: given,
    of: grace,
    wanted: wanted.get(container.name),
    why: "pod-ends",
    message: `Stopping container ${container.name}`,
  });
  const mains = running.filter(({ name }) => wanted.get(name)?.role !== "sidecar");
  if (mains.length > 0) return { steps: mains.map((container) => stop(container, grace)) };
  const order = [...wanted.keys()];
  const last = running.toSorted((a, b) => order.indexOf(b.name) - order.indexOf(a.name))[0];
  if (last === undefined) return undefined;
  const used = memory.dyingSince === undefined ? 0 : Math.floor((now - memory.dyingSince) / 1000);
  return { steps: [stop(last, grace === 0 ? 0 : Math.max(grace - used, sidecarGrace))] };
}
