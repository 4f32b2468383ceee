import {
  Counter,
  isolatedCondition,
  type Log,
  type MetricFamily,
  type Namespace,
  type Pod,
  type ResponseAction,
  type ResponsePolicy,
  type Service,
  stoppedCondition,
} from "@bulkhead/api";
import { type Client, type EventRecorder, hasReason } from "@bulkhead/client";
import { evaluateResponse, normaliseResponses, type ResponseRuleSet, type ResponseVerdict } from "@bulkhead/policy";
import { writePodConditions } from "../pods/pod-conditions.ts";
import { containersRunningOn } from "../pods/running-containers.ts";
import { type IdentityReport, identityReport } from "./identity-report.ts";
import { declaredPorts, type Signal, signalsOf } from "./judge.ts";
import { type ContainerMemory, type Observation, type ObserveOptions, observeContainers } from "./observe.ts";
import type { StartedPrograms, StartWatch } from "./started-programs.ts";

/** Why a condition of ours is as it is. */
export const runtimeSignalReason = "RuntimeSignal";

export interface WatchSignalsOptions {
  /** May patch the status of pods. */
  readonly client: Client;
  /** May evict pods of this node. */
  readonly evicter: Client;
  readonly events: EventRecorder;
  readonly nodeName: string;
  /** The runtime's own folder, in which it keeps what was written over images. */
  readonly layers: string;
  readonly pods: () => readonly Pod[];
  readonly services: () => readonly Service[];
  readonly namespaces: () => readonly Namespace[];
  readonly policies: () => readonly ResponsePolicy[];
  readonly log: Log;
  readonly now?: () => number;
  /** Milliseconds between two looks, and every how many of them written files are looked at; default 10 s and 6. */
  readonly pace?: { readonly every: number; readonly filesEvery: number };
  /** Who hears of programs that start; absent: what ends between two looks is not seen. */
  readonly starts?: StartWatch;
  readonly observe?: (options: ObserveOptions) => Promise<ReadonlyMap<string, Observation>>;
}

export interface SignalWatch {
  /** What the API server tells of a pod's identity; what is not understood is logged and dropped. */
  take(report: unknown): void;
  metrics(): readonly MetricFamily[];
  close(): Promise<void>;
}

interface Running {
  readonly pod: Pod;
  readonly image: string;
}

/** Pods that ran here: a token that is shown after its pod was gone is joined to what the pod was. */
const mostRemembered = 1024;

/** Of one pod so many different signals are told; a pod that makes up more is known well enough. */
const mostTold = 64;
const mostMessage = 1000;

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** Names and paths are chosen by whoever runs in the container. */
const harmless = (text: string): string => text.replace(/\p{C}/gu, "?");

const nameOf = ({ metadata }: Pod): string => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
const controllerOf = ({ metadata }: Pod) => metadata.ownerReferences?.find(({ controller }) => controller === true);

const imagesOf = ({ status }: Pod): string =>
  [...new Set((status?.containerStatuses ?? []).flatMap(({ imageID }) => (imageID === "" ? [] : [imageID])))].join(
    ", ",
  );

/** What is remembered of a pod that is gone. */
const outline = ({ metadata: { namespace, name, uid, labels, ownerReferences }, spec }: Pod): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace, name, uid, labels, ownerReferences } as Pod["metadata"],
  spec: { containers: [], ...(spec?.hostNetwork === true ? { hostNetwork: true } : {}) },
});

/** The pod, its image and what made it: all that is behind a signal. */
function behind({ pod, image }: Running): string {
  const owner = controllerOf(pod);
  const from = owner === undefined ? "" : `, of ${owner.kind} ${owner.name}`;
  return image === "" ? `Its image is not known any more${from}` : `Image ${image}${from}`;
}

const judge = (
  rules: ResponseRuleSet,
  pod: Pod,
  { signal, value }: Pick<Signal, "signal" | "value">,
  gone: boolean,
): ResponseVerdict =>
  evaluateResponse(rules, {
    namespace: pod.metadata.namespace ?? "",
    labels: pod.metadata.labels ?? {},
    hostNetwork: pod.spec?.hostNetwork === true,
    controlled: controllerOf(pod) !== undefined,
    gone,
    signal,
    value,
  });

/**
 * Looks every few seconds at what runs in this node's containers, without a kernel module: /proc and what was written over
 * images. What neither image nor pod accounts for is told once, and dealt with as ResponsePolicies say. What was done stays
 * until a person takes it back: a process that went quiet has not left.
 */
export function watchSignals(options: WatchSignalsOptions): SignalWatch {
  const { client, evicter, events, nodeName, log } = options;
  const now = options.now ?? Date.now;
  const observe = options.observe ?? observeContainers;
  const { every, filesEvery } = options.pace ?? { every: 10_000, filesEvery: 6 };
  const counter = new Counter(
    "bulkhead_runtime_signals_total",
    "Runtime signals of this node's pods, and what was done.",
  );
  /** By pod UID: what was told already, and done. */
  const told = new Map<string, Map<string, ResponseAction>>();
  const looked = new Set<string>();
  /** By pod UID, the last seen last. */
  const ran = new Map<string, Running>();
  const memory = new Map<string, ContainerMemory>();
  /** Heard of in the look before, of containers that the API did not name yet. */
  let early: StartedPrograms = new Map();
  let round = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();

  const rulesNow = (): ResponseRuleSet =>
    normaliseResponses({ policies: options.policies(), namespaces: options.namespaces() });

  async function look(): Promise<void> {
    const running = new Map<string, Running & { readonly container: string }>();
    for (const { id, pod, status } of containersRunningOn(nodeName, options.pods()))
      running.set(id, { pod, container: status.name, image: status.imageID });
    for (const { pod } of running.values()) remember(pod);
    for (const uid of told.keys()) if (!ran.has(uid)) told.delete(uid);
    for (const id of looked) if (!running.has(id)) looked.delete(id);
    const started = startedIn(running);
    if (running.size === 0) return;
    const all = round++ % filesEvery === 0;
    const files = new Set([...running.keys()].filter((id) => all || !looked.has(id)));
    for (const id of memory.keys()) if (!running.has(id)) memory.delete(id);
    const observed = await observe({
      layers: options.layers,
      containers: new Set(running.keys()),
      started,
      files,
      memory,
    });
    for (const id of observed.keys()) looked.add(id);
    const rules = rulesNow();
    const services = options.services();
    const byPod = new Map<string, { running: Running; signals: Signal[] }>();
    for (const [id, observation] of observed) {
      const one = running.get(id);
      if (one === undefined) continue;
      const uid = one.pod.metadata.uid ?? "";
      const entry = byPod.get(uid) ?? { running: one, signals: [] };
      byPod.set(uid, entry);
      entry.signals.push(...signalsOf(one.pod, one.container, observation, declaredPorts(one.pod, services)));
    }
    for (const [uid, { running: one, signals }] of byPod) {
      const { pod } = one;
      for (const signal of signals) {
        await respond(uid, one, signal, judge(rules, pod, signal, false));
      }
    }
  }

  /** What was started in containers that are known; of others it is kept a while, since they may be known by the next look. */
  function startedIn(running: ReadonlyMap<string, unknown>): StartedPrograms {
    const heard = options.starts?.take() ?? new Map<string, ReadonlySet<string>>();
    const all = new Map(heard);
    for (const [id, links] of early) all.set(id, new Set([...links, ...(heard.get(id) ?? [])]));
    early = new Map([...heard].filter(([id]) => !running.has(id)));
    return all;
  }

  function remember(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    const before = ran.get(uid);
    ran.delete(uid);
    ran.set(uid, before === undefined || before.image === "" ? { pod: outline(pod), image: imagesOf(pod) } : before);
    for (const oldest of ran.keys()) {
      if (ran.size <= mostRemembered) break;
      ran.delete(oldest);
    }
  }

  async function dealWith({ signal, pod: bound, value, says }: IdentityReport): Promise<void> {
    const { namespace, name, uid } = bound;
    const pod = options.pods().find(({ metadata }) => metadata.uid === uid);
    if (pod !== undefined || !ran.has(uid))
      remember(pod ?? { apiVersion: "v1", kind: "Pod", metadata: { namespace, name, uid }, spec: { containers: [] } });
    const known = ran.get(uid);
    if (known === undefined) return;
    const one = { ...known, pod: pod ?? known.pod };
    const verdict = judge(rulesNow(), one.pod, { signal, value }, pod === undefined);
    await respond(uid, one, { signal, container: "", value, says }, verdict);
  }

  async function respond(uid: string, one: Running, signal: Signal, verdict: ResponseVerdict): Promise<void> {
    const { decision } = verdict;
    if (decision === "Ignore") return;
    const done = told.get(uid) ?? new Map<string, ResponseAction>();
    told.set(uid, done);
    const key = `${signal.signal} ${signal.container} ${signal.value}`;
    // A policy may ask for more by now.
    if (done.get(key) === decision || (!done.has(key) && done.size >= mostTold)) return;
    const says = `${harmless(signal.says)}. ${behind(one)}`;
    await act(one.pod, decision, says);
    done.set(key, decision);
    counter.add({ signal: signal.signal, action: decision });
    const because = verdict.because[0]?.says ?? "";
    events.event(one.pod, "Warning", signal.signal, cut(`${says}. ${doneSays[decision]}: ${because}`, mostMessage));
    log.warn(
      {
        pod: nameOf(one.pod),
        uid,
        signal: signal.signal,
        value: harmless(signal.value),
        action: decision,
        wanted: verdict.wanted,
        because,
      },
      "a container does what nothing declared accounts for",
    );
  }

  async function act(pod: Pod, action: ResponseAction, says: string): Promise<void> {
    switch (action) {
      case "Ignore":
      case "Tell":
        return;
      case "Isolate":
        return condition(pod, isolatedCondition, says);
      case "Replace":
        await condition(pod, isolatedCondition, says);
        return evict(pod);
      case "Stop":
        await condition(pod, isolatedCondition, says);
        return condition(pod, stoppedCondition, says);
    }
  }

  async function condition(pod: Pod, type: string, says: string): Promise<void> {
    if (pod.spec?.hostNetwork === true && type === isolatedCondition) return;
    if (pod.status?.conditions?.some((each) => each.type === type && each.status === "True") === true) return;
    await writePodConditions(client, pod, [
      {
        type,
        status: "True",
        reason: runtimeSignalReason,
        message: cut(says, 2000),
        lastTransitionTime: new Date(now()).toISOString().replace(/\.\d+Z$/, "Z"),
      },
    ]);
  }

  async function evict(pod: Pod): Promise<void> {
    const { namespace = "", name = "", uid } = pod.metadata;
    try {
      await evicter.post(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { namespace, name },
        deleteOptions: uid === undefined ? {} : { preconditions: { uid } },
      });
    } catch (error) {
      // Gone, or another of its name.
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  function plan(): void {
    if (closed) return;
    timer = setTimeout(() => {
      current = current
        .then(look)
        .catch((error: unknown) => log.warn({ error: String(error) }, "running containers could not be looked at"))
        .finally(plan);
    }, every).unref();
  }
  plan();

  return {
    take(report) {
      const known = identityReport(report);
      if (known === undefined || closed) {
        log.warn({}, "what was told of an identity is not understood");
        return;
      }
      // One after the other, and never beside a look: both say what was told already.
      current = current
        .then(() => dealWith(known))
        .catch((error: unknown) =>
          log.warn({ error: String(error) }, "a signal of an identity could not be dealt with"),
        );
    },
    metrics: () => [counter.family(), ...(options.starts === undefined ? [] : [missedFamily(options.starts)])],
    async close() {
      closed = true;
      options.starts?.close();
      clearTimeout(timer);
      await current;
    },
  };
}

const missedFamily = (starts: StartWatch): MetricFamily => ({
  name: "bulkhead_program_starts_missed_total",
  help: "Starts of programs on this machine that ended before they were looked at.",
  type: "counter",
  samples: [{ labels: {}, value: starts.missed() }],
});

const doneSays: Readonly<Record<ResponseAction, string>> = {
  Ignore: "Nothing was done",
  Tell: "It is told and goes on",
  Isolate: "The pod is isolated: no traffic in or out",
  Replace: "The pod is isolated and evicted",
  Stop: "All containers of the pod are ended for good",
};
