import { join } from "node:path";
import type { ImageReportOutOfPolicy, Log, Pod, ScanFacts } from "@bulkhead/api";
import type { Client, EventRecorder } from "@bulkhead/client";
import type { ImageRuleSet } from "@bulkhead/policy";
import { type AdvisoryWatch, noAdvisories } from "./advisories.ts";
import { compareRefresh } from "./compare-refresh.ts";
import { scansFolder, sweep } from "./folders.ts";
import { createImageJobs, type Matched, matchDeadline } from "./image-jobs.ts";
import type { ImageNews } from "./image-news.ts";
import { openLayerRecords } from "./layer-records.ts";
import type { ScanRecorder } from "./metrics.ts";
import { planScans, type ReportState } from "./plan.ts";
import { createReportPublisher } from "./publish.ts";
import type { RefreshGate } from "./refresh-gate.ts";
import { type KeptReport, openReportStore } from "./report-store.ts";
import type { WorkerProgram } from "./run-worker.ts";
import { digestsOf, type RunningImage, runningImages, withAwaited } from "./running-images.ts";
import { graveOf } from "./summary.ts";

export interface ImageScansOptions {
  /** May write ImageReports and Events, and nothing else. */
  readonly client: Client;
  readonly events: EventRecorder;
  /** All pods that are known. */
  readonly pods: () => readonly Pod[];
  readonly nodeName: string;
  /** Names of the namespaces where a digest was let run before, sorted. */
  readonly ranIn: (digest: string) => readonly string[];
  /** containerd's blobs: the folder `io.containerd.content.v1.content/blobs` below its root. */
  readonly blobs: string;
  /** The advisories in use, and what waits to be. */
  readonly refresh: RefreshGate;
  /** By what new advisories are judged. */
  readonly rules: (now: number) => { readonly images: ImageRuleSet };
  /** Where a running digest is out of policy, for its report. */
  readonly outOfPolicy: (digest: string) => readonly ImageReportOutOfPolicy[];
  /** Where reports are kept. */
  readonly reports: string;
  /** Where layers' records are kept; made here. */
  readonly scratch: string;
  readonly program: WorkerProgram;
  /** What is said of images and loaded by their containers; absent: nothing. */
  readonly news?: ImageNews;
  /** Counts what is done. */
  readonly recorder?: ScanRecorder;
  readonly log: Log;
  readonly now?: () => number;
  /** Milliseconds between two looks at the advisories; default 10,000. */
  readonly lookEvery?: number;
}

/** What is known of an image that waits to start. */
export interface WaitingScan {
  /** What was found; absent: it was not read yet. */
  readonly facts?: ScanFacts;
  /** Why it could not be read, and how often in a row. */
  readonly failure?: string;
  readonly failures: number;
  /** It is being read now. */
  readonly running: boolean;
  /** Images that are read before it. */
  readonly ahead: number;
}

export interface ImageScans {
  /** What is known of an image. `wait`: somebody waits for it, so that it is read soon, before all that runs. */
  look(
    image: { readonly digest: string; readonly name: string; readonly namespace: string },
    how: { readonly wait: boolean },
  ): Promise<WaitingScan>;
  /** Whether there are advisories that images are held against. */
  matches(): Promise<boolean>;
  /** Changes with what is known of a digest; undefined: nothing is. */
  stampOf(digest: string): string | undefined;
  /** Called when more is known of images. */
  onChange(wake: () => void): void;
  /** Pods have changed: look soon. */
  wake(): void;
  close(): Promise<void>;
}

/** Milliseconds after the last question. */
const awaitedFor = 60_000;
/** Milliseconds between two looks while a container waits. */
const hurry = 500;
/** Pods of one image that are told of what was found. */
const toldPods = 16;

/**
 * Reads every image that runs on this node once, in a process without any rights, and matches it again whenever advisories
 * change: one at a time, with nothing of it kept in memory in between.
 */
export async function startImageScans(options: ImageScansOptions): Promise<ImageScans> {
  const { log, nodeName } = options;
  const now = options.now ?? Date.now;
  const stop = new AbortController();
  const store = await openReportStore(options.reports);
  await scansFolder(options.scratch);
  const records = await openLayerRecords(join(options.scratch, "records"));
  const advisories = options.refresh.watch();
  const publisher = createReportPublisher({
    client: options.client,
    ranIn: options.ranIn,
    contextOf: (digest) => ({
      outOfPolicy: options.outOfPolicy(digest),
      heldSources: options.refresh.held()?.sources ?? [],
    }),
  });
  const jobs = createImageJobs({ ...options, records, store, advisories, now, signal: stop.signal });
  const states = new Map<string, ReportState & { readonly failure?: string }>();
  let alarm = Promise.withResolvers<void>();
  let generation: string | undefined;
  let swept = 0;
  let reading: string | undefined;
  /** Images that containers wait for, until some time after the last question. */
  const awaited = new Map<string, { readonly image: RunningImage; readonly until: number }>();
  const wakers: (() => void)[] = [];
  const changed = (): void => {
    for (const wake of wakers) wake();
  };

  const fail = ({ digest, names }: RunningImage, error: unknown): void => {
    const before = states.get(digest);
    const failure = error instanceof Error ? error.message : String(error);
    states.set(digest, { ...before, failures: (before?.failures ?? 0) + 1, failedAt: now(), failure });
    options.recorder?.failed();
    log.warn({ image: names[0] ?? digest, error: failure }, "an image could not be scanned");
    changed();
  };

  async function learn(digest: string): Promise<void> {
    if (states.has(digest)) return;
    const kept = await store.kept(digest);
    if (kept === undefined) return void states.set(digest, {});
    const { scannedAt, matchedAt, generation: of, news } = kept;
    states.set(digest, { scannedAt, matchedAt, generation: of, ...(news === undefined ? {} : { news }) });
  }

  const someoneWaits = (): boolean =>
    [...awaited.keys()].some((digest) => {
      const state = states.get(digest);
      return state?.scannedAt === undefined || state.generation !== generation;
    });

  function aheadOf(digest: string): number {
    const order = [...awaited.keys()];
    const place = order.indexOf(digest);
    const before = place < 0 ? order : order.slice(0, place);
    return before.filter((each) => states.get(each)?.scannedAt === undefined).length;
  }

  /** Keeps an answer, and tells the pods of what is new and grave in it. */
  async function take(image: RunningImage, { answer, times }: Matched): Promise<void> {
    const before = await store.kept(image.digest);
    const kept: KeptReport = { format: 1, digest: image.digest, ...times, answer: answer.short };
    await store.put(kept, answer.whole);
    states.set(image.digest, times);
    const known = new Set(before === undefined ? [] : graveOf(before));
    const fresh = graveOf(kept).filter((each) => !known.has(each));
    if (fresh.length > 0) tell(image, fresh);
    changed();
  }

  function tell(image: RunningImage, fresh: readonly string[]): void {
    const shown = fresh.slice(0, 5).join(", ");
    const more = fresh.length > 5 ? ` and ${fresh.length - 5} more` : "";
    const message = `Grave findings in its image ${image.names[0] ?? image.digest}: ${shown}${more}. See: bulkhead image report ${image.digest}`;
    const running = options.pods().filter((pod) => {
      if (pod.spec?.nodeName !== nodeName) return false;
      return [...digestsOf(pod)].some(({ digest }) => digest === image.digest);
    });
    for (const pod of running.slice(0, toldPods)) options.events.event(pod, "Warning", "ImageFindings", message);
    log.warn({ image: image.names[0], digest: image.digest, findings: fresh.slice(0, 20) }, "grave findings");
  }

  async function scan(image: RunningImage): Promise<void> {
    const at = now();
    reading = image.digest;
    try {
      await take(image, await jobs.scan(image));
      options.recorder?.scanned(now() - at);
    } catch (error) {
      fail(image, error);
    } finally {
      reading = undefined;
    }
  }

  async function match(images: readonly RunningImage[]): Promise<void> {
    const at = now();
    await jobs.match(images, async (image, outcome) => {
      switch (outcome.state) {
        case "matched":
          return take(image, outcome);
        case "lost":
          // It is read again.
          return void states.set(image.digest, {});
        case "failed":
          return fail(image, outcome.error);
      }
    });
    options.recorder?.matched(images.length, now() - at);
    log.info({ images: images.length, milliseconds: now() - at }, "images matched anew");
  }

  const { program, pods, rules } = options;
  const comparing = { program, store, pods, nodeName, rules, now, signal: stop.signal, deadline: matchDeadline };
  const compare = compareRefresh(comparing);

  async function turn(): Promise<number> {
    await options.refresh.settle(compare);
    for (const [digest, { until }] of awaited) if (until < now()) awaited.delete(digest);
    const running = withAwaited(
      runningImages(options.pods(), nodeName),
      [...awaited.values()].map(({ image }) => image),
    );
    for (const digest of running.keys()) await learn(digest);
    if (generation === undefined || (await advisories.changed())) generation = await generationOf(advisories);
    const newsNow = (digest: string): string | undefined => {
      const image = running.get(digest);
      return image === undefined ? undefined : options.news?.stamp(image);
    };
    const step = planScans({ wanted: [...running.keys()], known: states, generation, newsOf: newsNow, now: now() });
    if (step.do === "scan") {
      const image = running.get(step.digest);
      if (image !== undefined) await scan(image);
    } else if (step.do === "match")
      await match(step.digests.map((d) => running.get(d)).filter((i) => i !== undefined)).catch((error: unknown) =>
        log.warn({ error: String(error) }, "images could not be matched"),
      );
    if (now() - swept > 3_600_000) {
      swept = now();
      await sweep(store, running, states, now(), async (digest) => {
        options.news?.forget(digest);
        await publisher.remove(digest);
      });
    }
    await publisher.publish(running, store, (digest) => states.get(digest)?.failure);
    return step.do === "wait" ? step.until - now() : 0;
  }

  const every = options.lookEvery ?? 10_000;
  const begun = now();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      alarm = Promise.withResolvers();
      const wait = await turn().catch((error: unknown) => {
        // At an instance's first start our role is made while we look for the first time.
        const early = now() - begun < 60_000;
        log[early ? "debug" : "warn"]({ error: String(error) }, "looking at images failed");
        return early ? 2000 : every;
      });
      if (wait <= 0) continue;
      // Pods start in numbers: one look for all of a second.
      const timer = setTimeout(() => alarm.resolve(), Math.min(wait, someoneWaits() ? hurry : every));
      await alarm.promise;
      clearTimeout(timer);
    }
  })();

  return {
    look: async ({ digest, name, namespace }, { wait }) => {
      await learn(digest);
      const state = states.get(digest) ?? {};
      const kept = state.scannedAt === undefined ? undefined : await store.kept(digest);
      // What was held against other advisories than today's, or against none, is held against today's first.
      const unmatched =
        kept !== undefined &&
        (kept.generation === noAdvisories
          ? await advisories.present()
          : generation !== undefined && kept.generation !== generation);
      const known = {
        ...(kept === undefined || unmatched ? {} : { facts: kept.answer.facts }),
        ...(state.failure === undefined ? {} : { failure: state.failure }),
        failures: state.failures ?? 0,
        running: reading === digest,
        ahead: aheadOf(digest),
      };
      if (known.facts === undefined && wait) {
        awaited.set(digest, { image: { digest, names: [name], namespaces: [namespace] }, until: now() + awaitedFor });
        alarm.resolve();
      }
      return known;
    },
    matches: () => advisories.present(),
    stampOf: (digest) => {
      const state = states.get(digest);
      return state?.scannedAt === undefined ? undefined : `${state.matchedAt ?? 0} ${state.generation ?? ""}`;
    },
    onChange: (wake) => void wakers.push(wake),
    wake: () => void setTimeout(() => alarm.resolve(), 1000).unref(),
    close: async () => {
      stop.abort();
      alarm.resolve();
      await loop;
    },
  };
}

async function generationOf(advisories: AdvisoryWatch): Promise<string> {
  const hold = await advisories.hold();
  hold.release();
  return hold.generation;
}

/** Where nothing can be scanned: who asks is told why. */
export const noScans = (failure: string): ImageScans => ({
  look: async () => ({ failure, failures: Number.POSITIVE_INFINITY, running: false, ahead: 0 }),
  matches: async () => false,
  stampOf: () => undefined,
  onChange: () => undefined,
  wake: () => undefined,
  close: async () => undefined,
});
