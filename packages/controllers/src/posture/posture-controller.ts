import { controlStates, type Evaluation, type Settings, type Steps } from "@bulkhead/analysis";
import type { PostureSummary } from "@bulkhead/api";
import { createWorkqueue } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";
import { HistoryKeeper } from "./history-keeper.ts";
import { createSlices } from "./in-slices.ts";
import { LivePosture } from "./live-posture.ts";
import { PostureBoard } from "./posture-board.ts";
import { PostureWriter, toldControls } from "./posture-writer.ts";
import { postureReport } from "./report-rows.ts";
import { summarising } from "./summary.ts";

/** What the controller wants to know of its cluster beside objects; asked anew at each turn of the clock. */
export interface PostureSettings {
  readonly settings: (context: ControllerContext) => Settings;
}

/** What expires, expires within so many milliseconds. */
const turn = 60_000;
/** A report is written so many milliseconds after something in its namespace changed. */
const writeAfter = 2000;
/** The summary is written so many milliseconds after something changed: what to change first takes trying. */
const summariseAfter = 10_000;
/** Where it takes long, among very many objects: of all time one part in so many at most. */
const summaryShare = 50;
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

const keyFor = (namespace: string): string => (namespace === "" ? clusterKey : namespace);

/**
 * Holds every control against every object and keeps the answers true as objects change: a Report a namespace, a
 * ClusterReport, a summary, how all stood in the past, and an Event on an object when a grave finding appears on it.
 */
export const postureController = (options: PostureSettings, board = new PostureBoard()): ControllerDefinition => ({
  name: "posture",
  identity: "system:serviceaccount:kube-system:posture-controller",
  clusterRole: "system:controller:posture-controller",
  component: "posture-controller",
  start: (context) => start(context, options, board),
});

async function start(context: ControllerContext, options: PostureSettings, board: PostureBoard): Promise<void> {
  const { log, now, signal } = context;
  const queue = createWorkqueue({ name: "posture", log });
  const history = new HistoryKeeper(context);
  const writer = new PostureWriter(context);
  const slices = createSlices(signal);
  /** Milliseconds that the last summary took. */
  let summaryTook = 0;

  const live = new LivePosture({
    context,
    settings: () => options.settings(context),
    slices,
    onLook({ whole, appeared, namespaces }) {
      const soon = (key: string, after: number): void => queue.addAfter(key, whole ? 0 : after);
      board.current = { evaluation: there(), seen: live.seen, alone: (look) => slices.look(look) };
      history.appeared(appeared);
      for (const namespace of namespaces) soon(keyFor(namespace), writeAfter);
      soon(summaryKey, Math.max(summariseAfter, summaryTook * summaryShare));
      if (whole || live.own.length > 0) soon(controlsKey, summariseAfter);
      if (whole) queue.add(historyKey);
    },
    onStale: (after) => queue.addAfter(buildKey, after),
  });

  function there(): Evaluation {
    if (live.evaluation === undefined) throw new Error("nothing was looked at yet");
    return live.evaluation;
  }

  try {
    await live.build();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (live.evaluation === undefined || signal.aborted) return;
  const clock = setInterval(() => live.tick(), turn);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(clock);
      live.stop();
    },
    { once: true },
  );

  await work(context, queue, 1, async (key) => {
    switch (key) {
      case buildKey:
        return live.build();
      case controlsKey:
        return writer.controls(await slices.run(() => toldControls(there(), live.own)));
      case historyKey:
        queue.addAfter(historyKey, takeDownAfter);
        return history.keep(await slices.run(() => controlStates(there())));
      case summaryKey:
        await writer.summary(await slices.run(summary));
        return queue.addAfter(summaryKey, summariseAgain);
      default: {
        const namespace = key === clusterKey ? "" : key;
        const { findings, passed } = await slices.look(() => there().inNamespace(namespace));
        await writer.report(namespace, postureReport(namespace, findings, passed, live.seen));
      }
    }
  });

  function* summary(): Steps<PostureSummary> {
    const began = performance.now();
    const made = yield* summarising(there(), live.seen, now());
    summaryTook = performance.now() - began;
    return made;
  }
}
