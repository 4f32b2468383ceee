import { setTimeout as startTimer } from "node:timers";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  type Change,
  controls,
  Evaluation,
  type Finding,
  kindKeyOf,
  ObjectSet,
  postureReportName,
  type Settings,
  seenIn,
} from "@bulkhead/analysis";
import { type KubeObject, type OpenReport, type PostureSummary, postureSummaryName } from "@bulkhead/api";
import {
  createWorkqueue,
  hasReason,
  openClusterReports,
  openReports,
  postureSummaries,
  type Resource,
} from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";
import { keepReport } from "../keep-report.ts";
import { postureReport } from "./report-rows.ts";
import { summaryOf } from "./summary.ts";
import { seenOf, type WatchedKinds, watchedKinds } from "./watched-kinds.ts";

/** What the controller wants to know of its cluster beside objects; asked anew at each turn of the clock. */
export interface PostureSettings {
  readonly settings: (context: ControllerContext) => Settings;
}

/** Changes come in numbers: one look for all of so many milliseconds. */
const gather = 1000;
/** What expires, expires within so many milliseconds. */
const turn = 60_000;
/** A report is written so many milliseconds after something in its namespace changed. */
const writeAfter = 2000;
/** New exposures told of one look; the rest stands in the reports. */
const toldAtOnce = 20;

/** The summary is written so many milliseconds after something changed: what to change first takes trying. */
const summariseAfter = 10_000;
/** Where it takes long, among very many objects: of all time one part in so many at most. */
const summaryShare = 50;
/** And again after so many, so that its age says that somebody looks. */
const summariseAgain = 600_000;

/** What is in no namespace, and the summary, as keys of the queue. */
const clusterKey = "/";
const summaryKey = "/summary";

/**
 * Holds every control against every object and keeps the answers true as objects change: a Report a namespace, a
 * ClusterReport, and an Event on an object the moment a grave finding appears on it.
 */
export const postureController = (options: PostureSettings): ControllerDefinition => ({
  name: "posture",
  identity: "system:serviceaccount:kube-system:posture-controller",
  clusterRole: "system:controller:posture-controller",
  component: "posture-controller",
  start: (context) => start(context, options),
});

async function start(context: ControllerContext, options: PostureSettings): Promise<void> {
  const { informers, client, events, log, now, signal } = context;
  const served = await untilAnswered(context);
  if (served === undefined) return;
  const { resources, unread } = served;
  const queue = createWorkqueue({ name: "posture", log });
  const pending = new Map<string, Change>();
  let evaluation: Evaluation | undefined;
  let waiting: ReturnType<typeof startTimer> | undefined;
  const seen = new Map<string, number>();
  /** Milliseconds that the last summary took. */
  let summaryTook = 0;

  const note = (object: KubeObject, gone: boolean): void => {
    const { namespace = "", name = "" } = object.metadata;
    const kind = kindKeyOf(object);
    pending.set(`${kind}\n${namespace}\n${name}`, { kind, namespace, name, ...(gone ? {} : { object }) });
    if (evaluation !== undefined) waiting ??= startTimer(look, gather);
  };
  const watched = resources.map((resource: Resource) => {
    const informer = informers.of(resource);
    informer.onChange((current, previous) => {
      if (evaluation === undefined) return;
      const object = current ?? previous;
      if (object === undefined) return;
      if (current !== undefined && previous !== undefined && isDeepStrictEqual(seenOf(current), seenOf(previous)))
        return;
      note(object, current === undefined);
    });
    return informer;
  });

  /** Takes over what changed, tells what is new and grave, and has the reports of the namespaces written. */
  function look(): void {
    waiting = undefined;
    if (evaluation === undefined || signal.aborted) return;
    const changes = [...pending.values()];
    pending.clear();
    const delta = evaluation.apply(changes);
    follow(delta.appeared, delta.gone);
    for (const { namespace } of changes) queue.addAfter(keyFor(namespace), writeAfter);
    queue.addAfter(summaryKey, Math.max(summariseAfter, summaryTook * summaryShare));
  }

  function follow(appeared: readonly Finding[], gone: readonly Finding[]): void {
    for (const { id } of gone) if (evaluation?.finding(id) === undefined) seen.delete(id);
    let told = 0;
    for (const finding of appeared) {
      if (!seen.has(finding.id)) {
        seen.set(finding.id, now());
        if (isGrave(finding) && told++ < toldAtOnce) tell(finding);
      }
      queue.addAfter(keyFor(finding.object.namespace ?? ""), writeAfter);
    }
    for (const { object } of gone) queue.addAfter(keyFor(object.namespace ?? ""), writeAfter);
  }

  function tell({ object, control, breach }: Finding): void {
    const about = evaluation?.objects.get(
      { key: kindKeyOf(object), namespaced: object.namespace !== undefined },
      object.namespace ?? "",
      object.name,
    );
    if (about === undefined) return;
    const message = `${control.severity}: ${breach?.says ?? control.title} (${breach?.field ?? ""}); bulkhead explain ${control.id}`;
    events.event(about, "Warning", "PostureFinding", message);
  }

  await informers.synced();
  if (signal.aborted) return;
  for (const informer of watched) for (const object of informer.list()) note(object, false);
  for (const [id, since] of await written()) seen.set(id, since);
  const objects = new ObjectSet(
    [...pending.values()].flatMap(({ object }) => object ?? []),
    unread,
  );
  pending.clear();
  evaluation = new Evaluation({ objects, controls, settings: options.settings(context), now: now() });
  for (const { id } of evaluation.findings()) if (!seen.has(id)) seen.set(id, now());
  for (const namespace of new Set([...objects.all()].map(({ metadata }) => metadata.namespace ?? "")))
    queue.add(keyFor(namespace));
  queue.add(summaryKey);
  // What changed between the lists and now.
  for (const informer of watched)
    for (const object of informer.list()) {
      const { namespace = "", name = "" } = object.metadata;
      if (objects.get({ key: kindKeyOf(object), namespaced: true }, namespace, name) !== object) note(object, false);
    }

  const clock = setInterval(() => {
    const delta = evaluation?.tick(now());
    if (delta !== undefined) follow(delta.appeared, delta.gone);
  }, turn);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(clock);
      clearTimeout(waiting);
    },
    { once: true },
  );

  await work(context, queue, 1, async (key) => {
    if (evaluation === undefined) return;
    if (key === summaryKey) {
      const began = performance.now();
      const summary = summaryOf(evaluation, seen, now());
      summaryTook = performance.now() - began;
      await summarise(summary);
      queue.addAfter(summaryKey, summariseAgain);
      return;
    }
    const namespace = key === clusterKey ? "" : key;
    const { findings, passed } = evaluation.inNamespace(namespace);
    await keep(namespace, postureReport(namespace, findings, passed, seen));
  });

  /** What a controller before this one knew of since when findings are there. */
  async function written(): Promise<[string, number][]> {
    const lists = [context.reader.list(openReports), context.reader.list(openClusterReports)].map((asked) =>
      asked.catch((error: unknown) => {
        if (hasReason(error, "NotFound")) return { items: [] };
        throw error;
      }),
    );
    return (await Promise.all(lists)).flatMap(({ items }) =>
      items.filter(({ metadata }) => metadata.name === postureReportName).flatMap(seenIn),
    );
  }

  async function summarise(planned: PostureSummary): Promise<void> {
    const name = { namespace: "", name: postureSummaryName };
    try {
      const { metadata } = await client.get(postureSummaries, name);
      await client.update(postureSummaries, { ...planned, metadata });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await client.create(postureSummaries, planned).catch((failure: unknown) => {
        // The kind itself is not there (yet).
        if (!hasReason(failure, "NotFound")) throw failure;
      });
    }
  }

  /** Writes a report where it differs, and nothing where OpenReports is not served or the namespace goes. */
  async function keep(namespace: string, planned: OpenReport | undefined): Promise<void> {
    const resource = namespace === "" ? openClusterReports : openReports;
    try {
      await keepReport(client, resource, { namespace, name: postureReportName }, planned);
    } catch (error) {
      // A namespace that is going takes no new objects (Forbidden), and its report goes with it.
      if (!hasReason(error, "NotFound", "Forbidden")) throw error;
      log.debug({ namespace, error }, "a report could not be written");
    }
  }
}

/** What is served, as soon as somebody answers; undefined: we are to stop. */
async function untilAnswered({ reader, log, signal }: ControllerContext): Promise<WatchedKinds | undefined> {
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 30_000)) {
    try {
      return await watchedKinds(reader);
    } catch (error) {
      log.debug({ error }, "the server does not say yet what it serves");
      await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

const keyFor = (namespace: string): string => (namespace === "" ? clusterKey : namespace);

const isGrave = ({ outcome, control }: Finding): boolean =>
  outcome === "fail" && (control.severity === "critical" || control.severity === "high");
