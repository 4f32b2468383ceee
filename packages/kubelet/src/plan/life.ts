import { type Pod, stoppedCondition } from "@bulkhead/api";
import { latest, type PodRuntime, type RuntimeSandbox, usesHostNetwork, wantedContainers } from "../pod/model.ts";
import { restarts } from "../pod/restart.ts";
import { planContainers } from "./containers.ts";
import { alive, defaultGrace } from "./grace.ts";
import type { Ended, PodFacts, PodPlan, Step } from "./steps.ts";

/** A life: admission, address, rules, volumes, then processes. */
export function planLife(facts: PodFacts, pod: Pod): PodPlan {
  const { runtime, now } = facts;
  const stopped = pod.status?.conditions?.find(({ type, status }) => type === stoppedCondition && status === "True");
  if (stopped !== undefined)
    return { steps: [], ended: { phase: "Failed", reason: "Stopped", message: stopped.message ?? "" } };
  const deadline = deadlineOf(pod);
  if (deadline !== undefined && deadline <= now) {
    return {
      steps: [],
      ended: {
        phase: "Failed",
        reason: "DeadlineExceeded",
        message: "Pod was active on the node longer than the specified deadline",
      },
    };
  }
  const completion = completed(pod, runtime);
  if (completion !== undefined) return { steps: [], ended: completion };
  const plan = planStart(facts, pod);
  const wakes = [plan.wakeAt, deadline].filter((at): at is number => at !== undefined);
  return wakes.length === 0 ? plan : { ...plan, wakeAt: Math.min(...wakes) };
}

/** Milliseconds between two questions to the deciders about a pod that runs and may not start anything more. */
const askAgain = 30_000;

function planStart(facts: PodFacts, pod: Pod): PodPlan {
  const { runtime, memory, admissionKey } = facts;
  const admission = memory.admission?.key === admissionKey ? memory.admission : undefined;
  if (admission === undefined) return { steps: [{ do: "admit", key: admissionKey }] };
  const started = runtime.containers.some(({ phase }) => phase !== "created");
  if (admission.state === "refused" && !started) {
    return { steps: [], ended: { phase: "Failed", reason: admission.reason, message: admission.message } };
  }
  const sandbox = usable(pod, runtime);
  const refused = admission.state === "refused" ? admission : undefined;
  // Nothing is made for what was refused: no sandbox with namespaces nobody allowed, no volume.
  if (sandbox === undefined) return refused === undefined ? replaceSandbox(facts) : held(facts, refused, []);
  if (!usesHostNetwork(pod) && memory.rulesFor !== sandbox.id) return { steps: [{ do: "ensure-rules", sandbox }] };
  if (memory.volumes !== "ready" && refused === undefined) return { steps: [{ do: "prepare-volumes" }] };
  const steps = planContainers(facts, pod, sandbox);
  if (refused !== undefined) {
    const others = steps.steps.filter((step) => step.do !== "start-container");
    return others.length === steps.steps.length ? steps : held(facts, refused, others);
  }
  return { ...steps, steps: [...steps.steps, ...collect(runtime, sandbox)] };
}

/** What already runs goes on running; nothing new starts until the deciders, asked again now and then, allow it. */
function held({ now, admissionKey }: PodFacts, refused: { readonly at: number }, others: readonly Step[]): PodPlan {
  const again = refused.at + askAgain;
  return again <= now ? { steps: [{ do: "admit", key: admissionKey }] } : { steps: others, wakeAt: again };
}

/** When activeDeadlineSeconds are over, milliseconds. */
function deadlineOf(pod: Pod): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  const start = pod.status?.startTime;
  return seconds === undefined || start === undefined ? undefined : Date.parse(start) + seconds * 1000;
}

const usable = (pod: Pod, runtime: PodRuntime): RuntimeSandbox | undefined => {
  const newest = runtime.sandboxes[0];
  return newest?.ready === true && (usesHostNetwork(pod) || newest.ips.length > 0) ? newest : undefined;
};

/** The sandbox is gone or half made: what it held ends first, then its address is given back, then a new one is made. */
function replaceSandbox({ runtime, pod }: PodFacts): PodPlan {
  const running = runtime.containers.filter(alive);
  if (running.length > 0) {
    const wanted = pod === undefined ? [] : wantedContainers(pod);
    const grace = pod?.spec?.terminationGracePeriodSeconds ?? defaultGrace;
    return {
      steps: running.map((container) => ({
        do: "stop-container",
        container,
        grace,
        of: grace,
        wanted: wanted.find(({ spec }) => spec.name === container.name),
        why: "sandbox-lost",
        message: "Pod sandbox changed, it will be killed and re-created.",
      })),
    };
  }
  const ready = runtime.sandboxes.filter((sandbox) => sandbox.ready);
  if (ready.length > 0) return { steps: ready.map(({ id }) => ({ do: "stop-sandbox", id })) };
  return { steps: [{ do: "make-sandbox", attempt: (runtime.sandboxes[0]?.attempt ?? -1) + 1 }] };
}

/** Of each container the last and the one before stay, of sandboxes those that hold one. */
function collect(runtime: PodRuntime, current: RuntimeSandbox): Step[] {
  const seen = new Map<string, number>();
  const steps: Step[] = [];
  const kept = new Set([current.id]);
  for (const container of runtime.containers) {
    const count = (seen.get(container.name) ?? 0) + 1;
    seen.set(container.name, count);
    if (count > 2 && container.phase === "exited") steps.push({ do: "remove-container", id: container.id });
    else kept.add(container.sandboxId);
  }
  for (const { id } of runtime.sandboxes) if (!kept.has(id)) steps.push({ do: "remove-sandbox", id });
  return steps;
}

/** Whether all that the pod was for is done, and how it ended. */
function completed(pod: Pod, runtime: PodRuntime): Ended | undefined {
  const wanted = wantedContainers(pod);
  for (const each of wanted) {
    if (each.role !== "init") continue;
    const container = latest(runtime, each.spec.name);
    if (container?.phase === "exited" && container.exitCode !== 0 && !restarts(pod, each, container.exitCode)) {
      return { phase: "Failed" };
    }
  }
  const apps = wanted.filter(({ role }) => role === "app");
  let failed = false;
  for (const each of apps) {
    const container = latest(runtime, each.spec.name);
    if (container?.phase !== "exited" || restarts(pod, each, container.exitCode)) return undefined;
    if (container.exitCode !== 0) failed = true;
  }
  return apps.length === 0 ? undefined : { phase: failed ? "Failed" : "Succeeded" };
}
