import { setTimeout as startTimer } from "node:timers";
import {
  type Change,
  controls,
  type Evaluation,
  evaluateWithOwn,
  type Finding,
  isOver,
  type Kind,
  kindKeyOf,
  kinds,
  ObjectSet,
  type OwnControl,
  ownControls,
  ownKinds,
  postureReportName,
  type Settings,
  seenIn,
} from "@bulkhead/analysis";
import {
  type KubeObject,
  type OpenReport,
  type PostureControlStatus,
  type PostureSummary,
  postureSummaryName,
} from "@bulkhead/api";
import {
  createWorkqueue,
  hasReason,
  openClusterReports,
  openReports,
  postureControls,
  postureSummaries,
} from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";
import { keepReport } from "../keep-report.ts";
import { controlStatus } from "./control-status.ts";
import { createFollower } from "./follow-kinds.ts";
import { postureReport } from "./report-rows.ts";
import { summaryOf } from "./summary.ts";

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
/** Looks at everything, after PostureControls changed: one part in so many of all time at most. */
const buildShare = 20;
/** And again after so many, so that its age says that somebody looks. */
const summariseAgain = 600_000;

/** What is in no namespace, and the summary, as keys of the queue. */
const clusterKey = "/";
const summaryKey = "/summary";
const controlsKey = "/controls";
const buildKey = "/build";

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
  const { client, events, log, now, signal } = context;
  const queue = createWorkqueue({ name: "posture", log });
  const pending = new Map<string, Change>();
  let evaluation: Evaluation | undefined;
  /** An organisation's own controls, as they count. */
  let own: readonly OwnControl[] = [];
  /** PostureControls changed, or one has come to cost too much: everything is to be looked at anew. */
  let renew = false;
  let waiting: ReturnType<typeof startTimer> | undefined;
  const seen = new Map<string, number>();
  /** What was last written on each PostureControl: of their status nothing else is followed. */
  const toldOf = new Map<string, PostureControlStatus>();
  /** Milliseconds that the last summary, and the last look at everything, took. */
  let summaryTook = 0;
  let buildTook = 0;

  const note = (object: KubeObject, gone: boolean): void => {
    if (evaluation === undefined) return;
    const { namespace = "", name = "" } = object.metadata;
    const kind = kindKeyOf(object);
    if (kind === kinds.postureControl.key) renew = true;
    pending.set(`${kind}\n${namespace}\n${name}`, { kind, namespace, name, ...(gone ? {} : { object }) });
    waiting ??= startTimer(look, gather);
  };
  const follower = createFollower({
    context,
    note,
    readsStatus: (object) => own.some((one) => one.readsStatus === true && looksAt(one, object)),
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
    if (own.length > 0) queue.addAfter(controlsKey, summariseAfter);
    if (renew || own.some(isOver)) queue.addAfter(buildKey, buildTook * buildShare);
  }

  /** Everything from the beginning, with the PostureControls that are there now. */
  async function build(): Promise<void> {
    renew = false;
    let there = await follower.follow(furtherOf(own));
    if (there === undefined) return;
    const further = ownKinds(there.objects().filter(isOwn));
    if (further.length > 0) there = await follower.follow(further);
    if (there === undefined) return;
    const compiled = await ownControls(
      there.objects().filter(isOwn),
      controls.map(({ id }) => id),
    );
    if (evaluation === undefined) for (const [id, since] of await written()) seen.set(id, since);
    if (signal.aborted) return;
    const began = performance.now();
    const objects = new ObjectSet(there.objects(), there.unread);
    pending.clear();
    const settings = options.settings(context);
    const built = evaluateWithOwn({ objects, controls, own: compiled, settings, now: now() });
    const before = evaluation;
    evaluation = built.evaluation;
    own = built.own;
    buildTook = performance.now() - began;
    const was = new Map(before?.findings().map((finding) => [finding.id, finding]));
    const fresh = evaluation.findings().filter(({ id, outcome }) => was.get(id)?.outcome !== outcome);
    const gone = [...was.values()].filter(({ id }) => evaluation?.finding(id) === undefined);
    // Of what was there when we came nobody is told again.
    if (before === undefined) for (const { id } of fresh) seen.set(id, seen.get(id) ?? now());
    follow(fresh, gone);
    for (const namespace of new Set([...objects.all()].map(({ metadata }) => metadata.namespace ?? "")))
      queue.add(keyFor(namespace));
    queue.add(summaryKey);
    queue.add(controlsKey);
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

  await build();
  if (evaluation === undefined || signal.aborted) return;
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
    switch (key) {
      case buildKey:
        return build();
      case controlsKey:
        return tellControls(evaluation);
      case summaryKey: {
        const began = performance.now();
        const summary = summaryOf(evaluation, seen, now());
        summaryTook = performance.now() - began;
        await summarise(summary);
        queue.addAfter(summaryKey, summariseAgain);
        return;
      }
      default: {
        const namespace = key === clusterKey ? "" : key;
        const { findings, passed } = evaluation.inNamespace(namespace);
        await keep(namespace, postureReport(namespace, findings, passed, seen));
      }
    }
  });

  /** On each PostureControl: whether it counts, and what it found. */
  async function tellControls(of: Evaluation): Promise<void> {
    const tallies = new Map(of.tallies().map((tally) => [tally.control.id, tally]));
    for (const one of own) {
      const object = of.objects.get(kinds.postureControl, "", one.name);
      if (object === undefined) continue;
      const before = toldOf.get(one.name) ?? object.status;
      const status = controlStatus(before, one, tallies.get(one.control.id), now());
      if (status === undefined) continue;
      toldOf.set(one.name, status);
      try {
        const name = { namespace: "", name: one.name };
        await client.patch(postureControls, name, "merge", { status }, { subresource: "status" });
      } catch (error) {
        toldOf.delete(one.name);
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
  }

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

const isOwn = (object: KubeObject): boolean => kindKeyOf(object) === kinds.postureControl.key;
const looksAt = ({ control }: OwnControl, object: KubeObject): boolean =>
  control.kinds.some(({ key }) => key === kindKeyOf(object));
const furtherOf = (own: readonly OwnControl[]): readonly Kind[] => ownKinds(own.map(({ object }) => object));

const keyFor = (namespace: string): string => (namespace === "" ? clusterKey : namespace);

const isGrave = ({ outcome, control }: Finding): boolean =>
  outcome === "fail" && (control.severity === "critical" || control.severity === "high");
