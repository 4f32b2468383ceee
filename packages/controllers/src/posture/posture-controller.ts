import { setTimeout as startTimer } from "node:timers";
import {
  type Change,
  controlStates,
  controls,
  type Evaluation,
  evaluatingWithOwn,
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
  type Steps,
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
import { createFollower, type FollowedKinds } from "./follow-kinds.ts";
import { HistoryKeeper } from "./history-keeper.ts";
import { createSlices } from "./in-slices.ts";
import { PostureBoard } from "./posture-board.ts";
import { postureReport } from "./report-rows.ts";
import { summarising } from "./summary.ts";

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

/** How controls stand is taken down every so many milliseconds. */
const takeDownAfter = 60_000;

/** What is in no namespace, and the summary, as keys of the queue. */
const clusterKey = "/";
const summaryKey = "/summary";
const controlsKey = "/controls";
const buildKey = "/build";
const historyKey = "/history";

/**
 * Holds every control against every object and keeps the answers true as objects change: a Report a namespace, a
 * ClusterReport, and an Event on an object the moment a grave finding appears on it.
 */
export const postureController = (options: PostureSettings, board = new PostureBoard()): ControllerDefinition => ({
  name: "posture",
  identity: "system:serviceaccount:kube-system:posture-controller",
  clusterRole: "system:controller:posture-controller",
  component: "posture-controller",
  start: (context) => start(context, options, board),
});

async function start(context: ControllerContext, options: PostureSettings, board: PostureBoard): Promise<void> {
  const { client, events, log, now, signal } = context;
  const queue = createWorkqueue({ name: "posture", log });
  const history = new HistoryKeeper(context);
  const slices = createSlices(signal);
  const pending = new Map<string, Change>();
  /** Read and changed in `slices` alone: elsewhere it may be in the middle of a change. */
  let evaluation: Evaluation | undefined;
  /** Objects were taken for an evaluation: what changes from now on is to be told to it. */
  let taken = false;
  /** An organisation's own controls, as they count; and those of which the evaluation that is being made knows. */
  let own: readonly OwnControl[] = [];
  let asked: readonly OwnControl[] = [];
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
    if (!taken) return;
    const { namespace = "", name = "" } = object.metadata;
    const kind = kindKeyOf(object);
    if (kind === kinds.postureControl.key) renew = true;
    pending.set(`${kind}\n${namespace}\n${name}`, { kind, namespace, name, ...(gone ? {} : { object }) });
    waiting ??= startTimer(() => inTurn(look), gather);
  };
  const there = (): Evaluation => {
    if (evaluation === undefined) throw new Error("nothing was looked at yet");
    return evaluation;
  };
  const follower = createFollower({
    context,
    note,
    readsStatus: (object) => asked.some((one) => one.readsStatus === true && looksAt(one, object)),
  });

  /** Takes over what changed, tells what is new and grave, and has the reports of the namespaces written. */
  function* look(): Steps<void> {
    waiting = undefined;
    const changes = [...pending.values()];
    pending.clear();
    const delta = yield* there().applying(changes);
    follow(delta.appeared, delta.gone);
    for (const { namespace } of changes) queue.addAfter(keyFor(namespace), writeAfter);
    queue.addAfter(summaryKey, Math.max(summariseAfter, summaryTook * summaryShare));
    if (own.length > 0) queue.addAfter(controlsKey, summariseAfter);
    if (renew || own.some(isOver)) queue.addAfter(buildKey, buildTook * buildShare);
  }

  /** Everything from the beginning, with the PostureControls that are there now. */
  async function build(): Promise<void> {
    renew = false;
    let followed = await follower.follow(furtherOf(own));
    if (followed === undefined) return;
    const further = ownKinds(followed.objects().filter(isOwn));
    if (further.length > 0) followed = await follower.follow(further);
    if (followed === undefined) return;
    const objects = followed;
    const compiled = await ownControls(
      objects.objects().filter(isOwn),
      controls.map(({ id }) => id),
    );
    if (evaluation === undefined) for (const [id, since] of await written()) seen.set(id, since);
    if (!signal.aborted) await slices.run(() => make(objects, compiled));
  }

  function* make(followed: FollowedKinds, compiled: readonly OwnControl[]): Steps<void> {
    const began = performance.now();
    const objects = new ObjectSet(followed.objects(), followed.unread);
    pending.clear();
    taken = true;
    asked = compiled;
    const settings = options.settings(context);
    const built = yield* evaluatingWithOwn({ objects, controls, own: compiled, settings, now: now() });
    const before = evaluation;
    evaluation = built.evaluation;
    own = built.own;
    asked = own;
    board.current = { evaluation, seen, alone: (work) => slices.look(work) };
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
    queue.add(historyKey);
  }

  function follow(appeared: readonly Finding[], gone: readonly Finding[]): void {
    history.appeared(appeared);
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

  function* tick(): Steps<void> {
    const delta = yield* there().ticking(now());
    follow(delta.appeared, delta.gone);
  }

  function inTurn(work: () => Steps<void>): void {
    slices.run(work).catch(failed);
  }

  /** What is there is true of before; with the next change everything is looked at anew. */
  function failed(error: unknown): void {
    if (signal.aborted) return;
    log.error({ error }, "changes could not be looked at");
    queue.addAfter(buildKey, Math.max(writeAfter, buildTook * buildShare));
  }

  try {
    await build();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (evaluation === undefined || signal.aborted) return;
  const clock = setInterval(() => inTurn(tick), turn);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(clock);
      clearTimeout(waiting);
    },
    { once: true },
  );

  await work(context, queue, 1, async (key) => {
    switch (key) {
      case buildKey:
        return build();
      case controlsKey:
        return tellControls();
      case historyKey:
        queue.addAfter(historyKey, takeDownAfter);
        return history.keep(await slices.look(() => controlStates(there())));
      case summaryKey: {
        await summarise(await slices.run(summary));
        queue.addAfter(summaryKey, summariseAgain);
        return;
      }
      default: {
        const namespace = key === clusterKey ? "" : key;
        await keep(namespace, await slices.look(() => report(namespace)));
      }
    }
  });

  function* summary(): Steps<PostureSummary> {
    const began = performance.now();
    const made = yield* summarising(there(), seen, now());
    summaryTook = performance.now() - began;
    return made;
  }

  function report(namespace: string): OpenReport | undefined {
    const { findings, passed } = there().inNamespace(namespace);
    return postureReport(namespace, findings, passed, seen);
  }

  /** On each PostureControl: whether it counts, and what it found. */
  async function tellControls(): Promise<void> {
    const { tallies, counting } = await slices.look(() => ({
      tallies: new Map(
        there()
          .tallies()
          .map((tally) => [tally.control.id, tally]),
      ),
      counting: own.map((one) => ({ one, object: there().objects.get(kinds.postureControl, "", one.name) })),
    }));
    for (const { one, object } of counting) {
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
