import type { Pod } from "@bulkhead/api";
import {
  knownStatus,
  latest,
  type PodRuntime,
  type RuntimeContainer,
  type RuntimeSandbox,
  usesHostNetwork,
  type WantedContainer,
  wantedContainers,
} from "./model.ts";
import { type CrashRecord, countCrash, crashDelay, restarts } from "./restart.ts";

/** What may be done now for a pod, independently of each other. The order of a life comes from planning again. */
export type Step =
  | { readonly do: "admit"; readonly key: string }
  | { readonly do: "make-sandbox"; readonly attempt: number }
  | { readonly do: "ensure-rules"; readonly sandbox: RuntimeSandbox }
  | { readonly do: "prepare-volumes" }
  | {
      readonly do: "start-container";
      readonly wanted: WantedContainer;
      readonly attempt: number;
      readonly sandbox: RuntimeSandbox;
    }
  | {
      readonly do: "stop-container";
      readonly container: RuntimeContainer;
      /** Seconds, the preStop hook's included. */
      readonly grace: number;
      /** The pod's grace that `grace` was taken from: a new one means stopping anew, faster. */
      readonly of: number;
      readonly wanted: WantedContainer | undefined;
      readonly why: StopCause;
      /** For the event; empty for none. */
      readonly message: string;
    }
  | { readonly do: "remove-container"; readonly id: string }
  | { readonly do: "release-volumes" }
  | { readonly do: "remove-rules" }
  | { readonly do: "stop-sandbox"; readonly id: string }
  | { readonly do: "remove-sandbox"; readonly id: string }
  /** The pod's folder and its user range. */
  | { readonly do: "forget" }
  /** The object in the API. */
  | { readonly do: "finish" };

type StopCause = "pod-ends" | "liveness" | "startup" | "image-changed" | "sandbox-lost";

/** Steps of a birth; while one is under way a death only stops processes. */
export const isBirth = (step: Step): boolean =>
  ["admit", "make-sandbox", "ensure-rules", "prepare-volumes", "start-container"].includes(step.do);

/** Two steps with the same key are the same piece of work: never twice at once, and failing, backed off together. */
export function stepKey(step: Step): string {
  switch (step.do) {
    case "start-container":
      return `start-container/${step.wanted.spec.name}`;
    case "stop-container":
      return `stop-container/${step.container.id}/${step.of}`;
    case "remove-container":
    case "stop-sandbox":
    case "remove-sandbox":
      return `${step.do}/${step.id}`;
    case "admit":
    case "make-sandbox":
    case "ensure-rules":
    case "prepare-volumes":
    case "release-volumes":
    case "remove-rules":
    case "forget":
    case "finish":
      return step.do;
  }
}

/** Why a pod as a whole is over; kept as status.phase, reason and message. */
export interface Ended {
  readonly phase: "Succeeded" | "Failed";
  readonly reason?: string;
  readonly message?: string;
  /** Seconds of grace for what still runs, instead of the pod's own. */
  readonly grace?: number;
}

export type Admission =
  | { readonly state: "allowed"; readonly key: string }
  | {
      readonly state: "refused";
      readonly key: string;
      readonly reason: string;
      readonly message: string;
      /** When the deciders said so, milliseconds. */
      readonly at: number;
    };

/** What probes found of one container; absent is not known yet. */
export interface ProbeFindings {
  readonly startup?: boolean;
  readonly liveness?: boolean;
  readonly readiness?: boolean;
  /** For the event of a killed container. */
  readonly message?: string;
  /** The failing probe's own grace, seconds. */
  readonly grace?: number;
}

/** What the agent remembers of a pod between two looks; all of it can be found again after a restart. */
export interface PodMemory {
  readonly admission: Admission | undefined;
  /** The sandbox whose packet rules stand. */
  readonly rulesFor: string | undefined;
  readonly volumes: "unknown" | "ready" | "released";
  readonly rulesRemoved: boolean;
  readonly forgotten: boolean;
  /** The API was told to remove the object. */
  readonly finished: boolean;
  readonly crashes: ReadonlyMap<string, CrashRecord>;
  readonly probes: ReadonlyMap<string, ProbeFindings>;
  readonly ended: Ended | undefined;
  /** When the pod began to die, milliseconds. */
  readonly dyingSince: number | undefined;
}

export const freshMemory: PodMemory = {
  admission: undefined,
  rulesFor: undefined,
  volumes: "unknown",
  rulesRemoved: false,
  forgotten: false,
  finished: false,
  crashes: new Map(),
  probes: new Map(),
  ended: undefined,
  dyingSince: undefined,
};

export interface PodFacts {
  /** undefined: the API has no such pod (any more), and what runs of it is to go. */
  readonly pod: Pod | undefined;
  /** The pod as it was when the API removed it, where this agent saw that. */
  readonly removed: Pod | undefined;
  readonly runtime: PodRuntime;
  readonly memory: PodMemory;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the deciders judge: changes when an image or an ephemeral container does. */
  readonly admissionKey: string;
  /** A step of this pod's birth is under way: until it is done, nothing that it may use is taken away. */
  readonly beingBorn: boolean;
  /** Names of containers whose start is under way. */
  readonly starting: ReadonlySet<string>;
}

export interface PodPlan {
  readonly steps: readonly Step[];
  /** Look again at this time, milliseconds since the epoch. */
  readonly wakeAt?: number;
  /** The pod is over: remember it, and plan again. */
  readonly ended?: Ended;
}

const isOver = (pod: Pod | undefined, memory: PodMemory): boolean =>
  pod === undefined ||
  pod.metadata.deletionTimestamp !== undefined ||
  memory.ended !== undefined ||
  pod.status?.phase === "Succeeded" ||
  pod.status?.phase === "Failed";

/** What to do next for one pod. Pure. */
export function planPod(facts: PodFacts): PodPlan {
  if (isOver(facts.pod, facts.memory)) return planDeath(facts);
  return planLife(facts, facts.pod as Pod);
}

// Death: processes, volumes, rules, address, traces, object.

function planDeath(facts: PodFacts): PodPlan {
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

const defaultGrace = 30;
/** What a sidecar gets at least after the others used the grace up. */
const sidecarGrace = 2;

const alive = (container: RuntimeContainer): boolean => container.phase === "running" || container.phase === "unknown";

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

// Life: admission, address, rules, volumes, then processes.

function planLife(facts: PodFacts, pod: Pod): PodPlan {
  const { runtime, now } = facts;
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
  if (sandbox === undefined) return replaceSandbox(facts);
  if (!usesHostNetwork(pod) && memory.rulesFor !== sandbox.id) return { steps: [{ do: "ensure-rules", sandbox }] };
  if (memory.volumes !== "ready") return { steps: [{ do: "prepare-volumes" }] };
  const steps = planContainers(facts, pod, sandbox);
  // What already runs goes on running; nothing new starts until the deciders, asked again now and then, allow it.
  if (admission.state === "refused") {
    const others = steps.steps.filter((step) => step.do !== "start-container");
    if (others.length === steps.steps.length) return steps;
    const again = admission.at + askAgain;
    return again <= facts.now ? { steps: [{ do: "admit", key: admissionKey }] } : { steps: others, wakeAt: again };
  }
  return { ...steps, steps: [...steps.steps, ...collect(runtime, sandbox)] };
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

/** Whether a running container may be relied on: its startup probe, where it has one, has passed. */
export const hasStarted = (wanted: WantedContainer, found: ProbeFindings | undefined): boolean =>
  wanted.spec.startupProbe === undefined || found?.startup === true;

function planContainers(facts: PodFacts, pod: Pod, sandbox: RuntimeSandbox): PodPlan {
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
