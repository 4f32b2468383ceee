import type { Log, Pod, PodStatus } from "@bulkhead/api";
import { planPod } from "../plan/plan.ts";
import { freshMemory, isBirth, type PodMemory, type Step, stepKey } from "../plan/steps.ts";
import type { Prober } from "../probes/prober.ts";
import { podStatus } from "../status/pod-status.ts";
import { createStatusPublisher, type StatusPublisher } from "../status/publish.ts";
import { execute } from "../steps/execute.ts";
import { factsOf, type StepContext, type Tools } from "../steps/tools.ts";
import { admissionKey, mayCall } from "./admission-key.ts";
import { lastWords } from "./last-words.ts";
import { knownStatus, nothingRunning, type PodRuntime, podName, wantedContainers } from "./model.ts";
import type { PodIdentity } from "./pod-identity.ts";
import { backingOff } from "./restart.ts";
import type { RuntimeReader } from "./runtime.ts";
import { createSetbacks } from "./setbacks.ts";

/** The loop of one pod: look, plan, do, look again. */
export interface PodWorker {
  readonly identity: PodIdentity;
  /** What the API wants now; undefined: nothing any more. */
  want(pod: Pod | undefined, removed?: Pod): void;
  /** Something may have changed: look. */
  wake(): void;
  /** More is known of images: containers held back for theirs ask again. */
  imagesChanged(): void;
  /** The pod is to end, by this agent's decision. */
  end(ended: NonNullable<PodMemory["ended"]>): void;
  /** What is known of the pod, for those who serve its logs and streams. */
  view(): { readonly pod: Pod | undefined; readonly runtime: PodRuntime };
  close(): Promise<void>;
}

export interface PodWorkerOptions {
  readonly identity: PodIdentity;
  readonly tools: Tools;
  readonly reader: RuntimeReader;
  readonly prober: Prober;
  readonly log: Log;
  /** Called when nothing of the pod is left, here or in the API. */
  readonly done: () => void;
  /** Milliseconds between two looks at ConfigMaps, Secrets and the like; default 60,000. */
  readonly refreshEvery?: number;
}

const newer = (a: Pod, b: Pod): boolean =>
  BigInt(a.metadata.resourceVersion ?? "0") > BigInt(b.metadata.resourceVersion ?? "0");

/** Birth never waits for one thing alone: of several containers one starts at a time, in their order. */
const serial = new Set<Step["do"]>(["start-container"]);

const longestNap = 60_000;

export function createPodWorker(options: PodWorkerOptions): PodWorker {
  const { identity, tools, reader, prober, log } = options;
  const { now } = tools;
  const refreshEvery = options.refreshEvery ?? 60_000;
  let pod: Pod | undefined;
  let removed: Pod | undefined;
  let memory: PodMemory = freshMemory;
  let runtime: PodRuntime = nothingRunning(identity);
  let stale = true;
  let closed = false;
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let refreshAt = 0;
  let finalStatus: PodStatus | undefined;
  const inFlight = new Map<string, { readonly step: Step; readonly done: Promise<void> }>();
  const setbacks = createSetbacks({ identity, tools, log });
  const words = new Map<string, string>();
  const told = new Set<string>();
  const births = new AbortController();
  const publisher: StatusPublisher = createStatusPublisher({
    client: tools.client,
    log,
    written: (answer) => {
      if (pod !== undefined && answer.metadata.uid === identity.uid && newer(answer, pod)) pod = answer;
    },
  });

  const update = (changes: Partial<PodMemory>): void => {
    memory = { ...memory, ...changes };
  };

  const isDying = (): boolean =>
    pod === undefined || pod.metadata.deletionTimestamp !== undefined || memory.ended !== undefined;

  async function readWords(): Promise<void> {
    for (const container of runtime.containers) {
      if (container.phase !== "exited" || words.has(container.id)) continue;
      const spec = pod && wantedContainers(pod).find(({ spec: each }) => each.name === container.name)?.spec;
      const file = tools.volumes.lastWords(identity.uid, container.name, container.attempt);
      const known = pod === undefined ? undefined : knownStatus(pod, container.name);
      const before = [known?.state?.terminated, known?.lastState?.terminated].find(
        (end) => end?.containerID === `containerd://${container.id}`,
      );
      words.set(container.id, before?.message ?? (await lastWords(spec, container, file)));
    }
  }

  function tellBackOff(): void {
    if (pod === undefined || isDying()) return;
    for (const { id, name } of backingOff(pod, runtime, memory.crashes, now())) {
      if (told.has(id)) continue;
      told.add(id);
      const message = `Back-off restarting failed container ${name} in pod ${identity.name}_${identity.namespace}(${identity.uid})`;
      tools.events.event(pod, "Warning", "BackOff", message);
    }
  }

  function publish(): void {
    if (pod === undefined || memory.finished) return;
    const over = isDying() && runtime.containers.every(({ phase }) => phase === "exited");
    // Once all has ended the status stands: what is taken away afterwards does not change it.
    if (finalStatus === undefined || !over) {
      const status = podStatus({
        pod,
        runtime,
        memory,
        waiting: setbacks.waiting,
        terminationMessages: words,
        hostIps: tools.settings.hostIps,
        now: now(),
      });
      if (over && runtime.containers.length > 0) finalStatus = status;
      publisher.publish(pod, status);
    } else {
      publisher.publish(pod, finalStatus);
    }
  }

  function launch(step: Step): void {
    const key = stepKey(step);
    if (inFlight.has(key)) return;
    if (setbacks.tooSoon(key)) return;
    if (serial.has(step.do) && [...inFlight.values()].some((other) => other.step.do === step.do)) return;
    const context: StepContext = {
      ...identity,
      pod,
      memory,
      runtime,
      signal: births.signal,
      flushStatus: async () => {
        publish();
        await publisher.flush();
      },
    };
    const done = execute(tools, step, context).then(
      (changes) => {
        setbacks.succeeded(step, key);
        update(changes);
        if (changes.admission !== undefined) setbacks.holdBack(changes.admission, pod, runtime);
        if (step.do === "prepare-volumes") refreshAt = nextRefresh();
      },
      (error: unknown) => setbacks.failed(step, key, error, pod),
    );
    inFlight.set(key, {
      step,
      done: done.finally(() => {
        inFlight.delete(key);
        if (touchesRuntime(step)) stale = true;
        wake();
      }),
    });
  }

  /** Spread, so that pods which started together do not all ask together. */
  const nextRefresh = (): number => now() + refreshEvery * (1 + Math.random() / 4);

  function refresh(): void {
    if (pod === undefined || memory.volumes !== "ready" || isDying() || inFlight.has("refresh")) return;
    const due = Math.min(refreshAt, tools.tokens.renewAt(identity.uid) ?? Number.POSITIVE_INFINITY);
    if (due > now()) return;
    refreshAt = nextRefresh();
    const current = pod;
    const done = tools.volumes
      .refresh(current, factsOf(tools, current, runtime))
      .catch((error: unknown) => {
        tools.events.event(current, "Warning", "FailedMount", `volumes not refreshed: ${String(error)}`);
        log.warn({ pod: podName(current), error: String(error) }, "volumes not refreshed");
      })
      .finally(() => inFlight.delete("refresh"));
    inFlight.set("refresh", { step: { do: "prepare-volumes" }, done });
  }

  async function look(): Promise<void> {
    if (stale) {
      stale = false;
      try {
        runtime = await reader.read(identity);
      } catch (error) {
        stale = true;
        throw error;
      }
    }
    await readWords();
    if (pod !== undefined && mayCall(pod, memory.admission)) prober.follow(pod, runtime);
    update({ probes: prober.findings(identity.uid) });
    const facts = () => ({
      pod,
      removed,
      runtime,
      memory,
      now: now(),
      admissionKey: admissionKey(pod),
      beingBorn: [...inFlight.values()].some(({ step }) => isBirth(step)),
      starting: new Set(
        [...inFlight.values()].flatMap(({ step }) => (step.do === "start-container" ? [step.wanted.spec.name] : [])),
      ),
    });
    let plan = planPod(facts());
    if (plan.ended !== undefined) {
      update({ ended: plan.ended });
      plan = planPod(facts());
    }
    if (isDying()) {
      births.abort();
      if (memory.dyingSince === undefined) update({ dyingSince: now() });
    }
    for (const step of plan.steps) launch(step);
    tellBackOff();
    publish();
    refresh();
    if (pod === undefined && memory.forgotten && inFlight.size === 0) {
      prober.forget(identity.uid);
      options.done();
      return;
    }
    const times = [plan.wakeAt, ...setbacks.times(), refreshAt || undefined].filter(
      (at): at is number => at !== undefined && at > now(),
    );
    const nap = Math.min(longestNap, ...times.map((at) => at - now()));
    clearTimeout(timer);
    timer = setTimeout(wake, Math.max(nap, 20));
    timer.unref();
  }

  function wake(): void {
    if (closed) return;
    if (looking !== undefined) {
      again = true;
      return;
    }
    looking = look()
      .catch((error: unknown) => {
        log.warn({ pod: `${identity.namespace}/${identity.name}`, error: String(error) }, "looking at a pod failed");
        clearTimeout(timer);
        timer = setTimeout(wake, 1000);
        timer.unref();
      })
      .finally(() => {
        looking = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  }

  return {
    identity,
    want: (next, last) => {
      removed = last ?? removed;
      if (next !== undefined && pod !== undefined && newer(pod, next)) return;
      const meta = (each: Pod | undefined) => JSON.stringify([each?.metadata.labels, each?.metadata.annotations]);
      if (pod !== undefined && meta(pod) !== meta(next)) refreshAt = 0;
      pod = next;
      wake();
    },
    wake: () => {
      stale = true;
      wake();
    },
    imagesChanged: () => {
      if (setbacks.imagesChanged()) wake();
    },
    end: (ended) => {
      if (memory.ended === undefined) update({ ended });
      wake();
    },
    view: () => ({ pod, runtime }),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      births.abort();
      publisher.close();
      await looking;
      // Steps under way finish by themselves or with their process; the next agent sees what they left.
      const settled = Promise.allSettled([...inFlight.values()].map(({ done }) => done));
      const { promise: enough, resolve } = Promise.withResolvers<void>();
      const deadline = setTimeout(resolve, 3000);
      await Promise.race([settled, enough]);
      clearTimeout(deadline);
    },
  };
}

const touchesRuntime = (step: Step): boolean =>
  ["make-sandbox", "start-container", "stop-container", "remove-container", "stop-sandbox", "remove-sandbox"].includes(
    step.do,
  );
