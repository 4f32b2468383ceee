import type { Pod } from "@bulkhead/api";
import {
  knownStatus,
  latest,
  type RuntimeContainer,
  type RuntimeSandbox,
  type WantedContainer,
  wantedContainers,
} from "../pod/model.ts";
import { countCrash, crashDelay, restarts } from "../pod/restart.ts";
import { defaultGrace } from "./grace.ts";
import type { PodFacts, PodPlan, ProbeFindings, Step, StopCause } from "./steps.ts";

/** Whether a running container may be relied on: its startup probe, where it has one, has passed. */
export const hasStarted = (wanted: WantedContainer, found: ProbeFindings | undefined): boolean =>
  wanted.spec.startupProbe === undefined || found?.startup === true;

/** What is to be done for the containers of a pod that has its sandbox, rules and volumes. */
export function planContainers(facts: PodFacts, pod: Pod, sandbox: RuntimeSandbox): PodPlan {
  const { runtime, memory } = facts;
  const wanted = wantedContainers(pod);
  const here = (name: string) => runtime.containers.find((c) => c.name === name && c.sandboxId === sandbox.id);
  const steps: Step[] = [];
  const wakes: number[] = [];
  const add = (plan: PodPlan): void => {
    steps.push(...plan.steps);
    if (plan.wakeAt !== undefined) wakes.push(plan.wakeAt);
  };
  const done = (): PodPlan => ({ steps, ...(wakes.length === 0 ? {} : { wakeAt: Math.min(...wakes) }) });

  const appsBegan = wanted.some(({ role, spec }) => role === "app" && here(spec.name) !== undefined);
  const inits = wanted.filter(({ role }) => role === "init" || role === "sidecar");
  for (const [index, each] of inits.entries()) {
    const container = here(each.spec.name);
    const passed = appsBegan || inits.slice(index + 1).some(({ spec }) => here(spec.name) !== undefined);
    if (each.role === "sidecar") {
      add(keep(facts, pod, each, container, sandbox));
      const up = container?.phase === "running" && hasStarted(each, memory.probes.get(container.id));
      if (!passed && !up) return done();
    } else if (!passed && !(container?.phase === "exited" && container.exitCode === 0)) {
      add(keep(facts, pod, each, container, sandbox));
      return done();
    }
  }
  for (const each of wanted.filter(({ role }) => role === "app" || role === "ephemeral")) {
    add(keep(facts, pod, each, here(each.spec.name) ?? doneElsewhere(facts, pod, each), sandbox));
  }
  return done();
}

/** A container of an earlier sandbox that must not run again. */
function doneElsewhere({ runtime }: PodFacts, pod: Pod, wanted: WantedContainer): RuntimeContainer | undefined {
  const container = latest(runtime, wanted.spec.name);
  return container?.phase === "exited" && !restarts(pod, wanted, container.exitCode) ? container : undefined;
}

/** One container as it should be: started when absent, restarted after its back-off, stopped when a probe says so. */
function keep(
  facts: PodFacts,
  pod: Pod,
  wanted: WantedContainer,
  container: RuntimeContainer | undefined,
  sandbox: RuntimeSandbox,
): PodPlan {
  const { runtime, memory, now } = facts;
  const any = latest(runtime, wanted.spec.name);
  // A runtime that lost everything must not lose the count.
  const known = knownStatus(pod, wanted.spec.name);
  const before = any?.attempt ?? (known?.containerID === undefined ? undefined : known.restartCount);
  const attempt = before === undefined ? 0 : before + 1;
  const start = (): Step => ({ do: "start-container", wanted, attempt, sandbox });
  if (container === undefined) return { steps: [start()] };
  switch (container.phase) {
    case "created":
      if (facts.starting.has(wanted.spec.name)) return { steps: [] };
      // Born halfway (a killed agent): gone without a trace, then started anew.
      return { steps: [{ do: "remove-container", id: container.id }] };
    case "running": {
      const cause = deadly(wanted, container, memory.probes.get(container.id));
      if (cause === undefined) return { steps: [] };
      const grace = cause.grace ?? pod.spec?.terminationGracePeriodSeconds ?? defaultGrace;
      const { why, message } = cause;
      return { steps: [{ do: "stop-container", container, grace, of: grace, wanted, why, message }] };
    }
    case "unknown":
      return {
        steps: [{ do: "stop-container", container, grace: 0, of: 0, wanted, why: "sandbox-lost", message: "" }],
      };
    case "exited": {
      if (!restarts(pod, wanted, container.exitCode)) return { steps: [] };
      const record = countCrash(memory.crashes.get(wanted.spec.name), container);
      const at = container.finishedAt + crashDelay(record.crashes);
      return at <= now ? { steps: [start()] } : { steps: [], wakeAt: at };
    }
  }
}

/** What a running container must be stopped for. */
function deadly(
  wanted: WantedContainer,
  container: RuntimeContainer,
  found: ProbeFindings | undefined,
): { why: StopCause; message: string; grace?: number } | undefined {
  const name = wanted.spec.name;
  const own = found?.grace === undefined ? {} : { grace: found.grace };
  if (found?.startup === false) {
    return { why: "startup", message: `Container ${name} failed startup probe, will be restarted`, ...own };
  }
  if (found?.liveness === false) {
    return { why: "liveness", message: `Container ${name} failed liveness probe, will be restarted`, ...own };
  }
  if (wanted.role !== "ephemeral" && wanted.spec.image !== undefined && container.image !== wanted.spec.image) {
    return { why: "image-changed", message: `Container ${name} definition changed, will be restarted` };
  }
  return undefined;
}
