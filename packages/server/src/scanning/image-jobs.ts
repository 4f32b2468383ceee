import type { Log } from "@bulkhead/api";
import type { AdvisoryWatch } from "./advisories.ts";
import type { ImageNews } from "./image-news.ts";
import type { WorkerSetting } from "./job.ts";
import type { LayerRecords } from "./layer-records.ts";
import { type OpenedImage, openBlob, openBlobs } from "./open-blobs.ts";
import { openRecords } from "./read-layers.ts";
import type { KeptReport, ReportStore } from "./report-store.ts";
import { startWorker, type WorkerAnswer, type WorkerProgram } from "./run-worker.ts";
import type { RunningImage } from "./running-images.ts";

export interface ImageJobsOptions {
  readonly program: WorkerProgram;
  /** containerd's blobs. */
  readonly blobs: string;
  readonly records: LayerRecords;
  readonly store: Pick<ReportStore, "kept" | "whole">;
  readonly advisories: AdvisoryWatch;
  /** What is said of images and loaded by their containers; absent: nothing. */
  readonly news?: ImageNews | undefined;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A worker's answer, and what it stands for. */
export interface Matched {
  readonly answer: WorkerAnswer;
  readonly times: Pick<KeptReport, "scannedAt" | "matchedAt" | "generation" | "news">;
}

/** What became of one image that was to be matched. `lost`: what was read of it is gone or damaged. */
export type MatchOutcome =
  | ({ readonly state: "matched" } & Matched)
  | { readonly state: "lost" }
  | { readonly state: "failed"; readonly error: unknown };

/** Jobs about images, each done by processes without rights. */
export interface ImageJobs {
  /** Reads an image and matches it. Rejects where it cannot be read. */
  scan(image: RunningImage): Promise<Matched>;
  /** Matches what was read before, one image after another; `each` hears of every one. */
  match(
    images: readonly RunningImage[],
    each: (image: RunningImage, outcome: MatchOutcome) => Promise<void>,
  ): Promise<void>;
}

/** Milliseconds for a whole image. */
const scanDeadline = 600_000;
/** Milliseconds for one match. */
export const matchDeadline = 120_000;
/** The first descriptor that a worker is handed. */
const first = 3;

export function createImageJobs(options: ImageJobsOptions): ImageJobs {
  const { program, blobs, records, store, advisories, log, now, signal } = options;

  /** What the next job brings, and what its answer will stand for. */
  async function newsOf(image: RunningImage) {
    const { told = {}, beside } = (await options.news?.job(image)) ?? {};
    const news = options.news?.stamp(image);
    return { told, more: beside === undefined ? [] : [beside], news: news === undefined ? {} : { news } };
  }

  /** Lays an image together from the records of its layers. */
  async function layOut(
    image: RunningImage,
    { manifest, digests, descriptors, layers }: OpenedImage,
    records: readonly number[],
    setting: WorkerSetting,
  ): Promise<Matched> {
    const { told, more, news } = await newsOf(image);
    const hold = await advisories.hold();
    try {
      const worker = startWorker({
        program,
        setting: { ...setting, ...(hold.file === undefined ? {} : { advisories: hold.file }) },
        descriptors: [...descriptors, ...records],
        deadline: scanDeadline,
        signal,
      });
      try {
        const job = {
          ...told,
          job: "scan" as const,
          name: image.names[0] ?? image.digest,
          digest: image.digest,
          manifest,
          blobs: Object.fromEntries(digests.map((digest, i) => [digest, first + i])),
          records: Object.fromEntries(layers.map((digest, i) => [digest, first + descriptors.length + i])),
        };
        const answer = await worker.ask(job, ...more);
        if ("failed" in answer) throw new Error(answer.failed);
        const at = setting.now;
        return { answer, times: { scannedAt: at, matchedAt: at, generation: hold.generation, ...news } };
      } finally {
        worker.close();
      }
    } finally {
      hold.release();
    }
  }

  return {
    async scan(image) {
      const [name = image.digest] = image.names;
      const at = now();
      /** One bound for the whole image, however many layers it has. */
      const start = (setting: WorkerSetting, descriptors: readonly number[]) =>
        startWorker({ program, setting, descriptors, deadline: Math.max(1000, at + scanDeadline - now()), signal });
      const { digest } = image;
      const opened = await openBlobs({ blobs, digest, name, start: () => start({ now: at }, []) });
      try {
        const key = Buffer.from(records.key).toString("base64");
        const layers = await openRecords({
          layers: opened.layers,
          name,
          records,
          openBlob: (digest) => openBlob(blobs, digest),
          start: (descriptors) => start({ now: at, key }, descriptors),
        });
        try {
          const matched = await layOut(image, opened, layers.descriptors, { now: at, key });
          const { packages } = matched.answer.short;
          log.info({ image: name, packages, layersRead: layers.read, milliseconds: now() - at }, "image scanned");
          return matched;
        } finally {
          await layers.close();
        }
      } finally {
        await opened.close();
      }
    },
    async match(images, each) {
      const hold = await advisories.hold();
      const at = now();
      const setting = { now: at, ...(hold.file === undefined ? {} : { advisories: hold.file }) };
      const start = () => startWorker({ program, setting, descriptors: [], deadline: matchDeadline, signal });
      let worker = start();
      try {
        for (const image of images) {
          if (signal.aborted) return;
          const [kept, whole] = await Promise.all([store.kept(image.digest), store.whole(image.digest)]);
          if (kept === undefined || whole === undefined) {
            await each(image, { state: "lost" });
            continue;
          }
          try {
            const { told, more, news } = await newsOf(image);
            const answer = await worker.ask({ job: "match", ...told }, whole, ...more);
            if ("failed" in answer) throw new Error(answer.failed);
            const times = { scannedAt: kept.scannedAt, matchedAt: at, generation: hold.generation, ...news };
            await each(image, { state: "matched", answer, times });
          } catch (error) {
            await each(image, { state: "failed", error });
            worker.close();
            worker = start();
          }
        }
      } finally {
        worker.close();
        hold.release();
      }
    },
  };
}
